package fathom.checkpoint;

import fathom.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Which tensors of a model get which format, as llama.cpp's converter and quantiser decide it.
///
/// Vectors, norms, the router and its bias stay float32 in every mix. The quantised ones give the
/// output matrix (or the embedding that serves as one) six bits, the `_M` mixes also give six bits
/// to some of the value and down projections, and rows that a block does not divide take the next
/// larger format with small blocks.
public enum QuantizationMix {
  F32(DType.F32, 0),
  F16(DType.F16, 1),
  BF16(DType.BF16, 32),
  /// Block FP8 as DeepSeek releases it; only in safetensors.
  F8_E4M3(DType.F8_E4M3, -1),
  Q4_0(DType.Q4_0, 2),
  Q4_1(DType.Q4_1, 3),
  Q5_0(DType.Q5_0, 8),
  Q5_1(DType.Q5_1, 9),
  Q8_0(DType.Q8_0, 7),
  Q4_K_S(DType.Q4_K, 14),
  Q4_K_M(DType.Q4_K, 15),
  Q5_K_S(DType.Q5_K, 16),
  Q5_K_M(DType.Q5_K, 17),
  Q6_K(DType.Q6_K, 18);

  private final DType type;
  private final int fileType;

  QuantizationMix(DType type, int fileType) {
    this.type = type;
    this.fileType = fileType;
  }

  /// The mix of a name as the command line has it: `q4_k_m`, `bf16`, …
  ///
  /// @throws IllegalArgumentException naming all mixes, if there is none of this name
  public static QuantizationMix named(String name) {
    String wanted = name.toUpperCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(mix -> mix.name().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "type: expected one of %s, found %s"
                        .formatted(Arrays.toString(values()).toLowerCase(Locale.ROOT), name)));
  }

  /// The format of most weights.
  public DType type() {
    return type;
  }

  /// Whether weights are quantised in blocks.
  public boolean isQuantized() {
    return type.isQuantized();
  }

  /// `general.file_type` of a GGUF file.
  ///
  /// @throws IllegalArgumentException for FP8, which GGUF does not have
  public int fileType() {
    if (fileType < 0) {
      throw new IllegalArgumentException("type: expected a format of GGUF, found " + this);
    }
    return fileType;
  }

  /// The format of a tensor of a GGUF file.
  ///
  /// @param spec name and shape
  /// @param layers layers of the model
  /// @param tied whether the embedding also is the output matrix
  public DType typeOf(TensorSpec spec, int layers, boolean tied) {
    String name = spec.name();
    if (staysFloat(spec)) {
      return DType.F32;
    }
    long columns = spec.shape().dim(spec.shape().rank() - 1);
    if (!isQuantized()) {
      return type;
    }
    boolean output = name.equals(tied ? "token_embd.weight" : "output.weight");
    if (output && this != Q8_0) {
      return fitting(columns % 256 == 0 ? DType.Q6_K : DType.Q8_0, columns);
    }
    boolean important =
        (this == Q4_K_M || this == Q5_K_M)
            && (name.endsWith(".attn_v.weight") || name.contains(".ffn_down"))
            && getsMoreBits(TensorNames.layer(name), layers);
    return fitting(important ? DType.Q6_K : type, columns);
  }

  private static boolean staysFloat(TensorSpec spec) {
    String name = spec.name();
    return spec.shape().rank() < 2
        || !name.endsWith(".weight")
        || name.endsWith("norm.weight")
        || name.endsWith(".ffn_gate_inp.weight");
  }

  /// The first and last eighth of the layers, and every third between (`use_more_bits`).
  private static boolean getsMoreBits(int layer, int layers) {
    return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
  }

  /// `wanted`, or what takes its place if its blocks do not divide a row.
  private static DType fitting(DType wanted, long columns) {
    if (columns % wanted.blockSize() == 0) {
      return wanted;
    }
    DType smaller =
        switch (wanted) {
          case Q4_K -> DType.Q5_0;
          case Q5_K -> DType.Q5_1;
          case Q6_K -> DType.Q8_0;
          default -> DType.F16;
        };
    return columns % smaller.blockSize() == 0 ? smaller : DType.F16;
  }

  static List<QuantizationMix> plain() {
    return List.of(F32, F16, BF16, F8_E4M3);
  }
}
