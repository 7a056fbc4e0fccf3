package fathom.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// Turns the stored numbers of one format into float32 and, for the formats that weights are
/// written in, back. Decoding is bit for bit that of ggml (`ggml-quants.c`) and of PyTorch.
///
/// Codecs are stateless and may be shared between threads.
public interface Codec {
  /// The codec of a format.
  ///
  /// @throws IllegalArgumentException if the format holds no weights (integers, F64, BOOL)
  static Codec of(DType type) {
    return switch (type) {
      case F32, F16, BF16, F8_E4M3 -> PlainCodec.of(type);
      case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q8_1 -> LegacyCodec.of(type);
      case Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, Q8_K -> SuperBlockCodec.of(type);
      case IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S -> GridCodec.of(type);
      case IQ4_NL, IQ4_XS, MXFP4, NVFP4, TQ1_0, TQ2_0 -> TableCodec.of(type);
      case F64, I8, I16, I32, I64, U8, BOOL ->
          throw new IllegalArgumentException("codec: expected a format of weights, found " + type);
    };
  }

  /// The format.
  DType type();

  /// Decodes `count` numbers that begin at byte `offset` of `source` into `target` from `start` on.
  ///
  /// @throws IllegalArgumentException if `count` is no whole number of blocks
  /// @throws IndexOutOfBoundsException if source or target is too small
  void dequantize(MemorySegment source, long offset, float[] target, int start, int count);

  /// Whether [#quantize] works.
  default boolean canQuantize() {
    return false;
  }

  /// Encodes `count` numbers of `values` from `start` on to byte `offset` of `target`.
  ///
  /// @throws IllegalArgumentException if `count` is no whole number of blocks
  /// @throws UnsupportedOperationException if the format is only read
  default void quantize(float[] values, int start, int count, MemorySegment target, long offset) {
    throw new UnsupportedOperationException(
        type() + ": Fathom reads this format but cannot write it");
  }

  /// Decodes one row of a weight, FP8 scales included, into the first `columns` floats of `target`.
  static void dequantizeRow(WeightMatrix w, int row, float[] target) {
    Objects.checkIndex(row, w.rows());
    of(w.type()).dequantize(w.segment(), row * w.rowBytes(), target, 0, w.columns());
    Fp8Blocks scales = w.scales();
    if (scales != null) {
      for (int column = 0; column < w.columns(); column++) {
        target[column] *= scales.scale(row, column);
      }
    }
  }
}
