package fathom.checkpoint;

import fathom.tensor.DType;
import java.util.Arrays;
import java.util.Optional;

/// The number that GGUF gives to each tensor format (`ggml_type` in ggml.h).
public enum GgmlType {
  F32(0, DType.F32),
  F16(1, DType.F16),
  Q4_0(2, DType.Q4_0),
  Q4_1(3, DType.Q4_1),
  Q5_0(6, DType.Q5_0),
  Q5_1(7, DType.Q5_1),
  Q8_0(8, DType.Q8_0),
  Q8_1(9, DType.Q8_1),
  Q2_K(10, DType.Q2_K),
  Q3_K(11, DType.Q3_K),
  Q4_K(12, DType.Q4_K),
  Q5_K(13, DType.Q5_K),
  Q6_K(14, DType.Q6_K),
  Q8_K(15, DType.Q8_K),
  IQ2_XXS(16, DType.IQ2_XXS),
  IQ2_XS(17, DType.IQ2_XS),
  IQ3_XXS(18, DType.IQ3_XXS),
  IQ1_S(19, DType.IQ1_S),
  IQ4_NL(20, DType.IQ4_NL),
  IQ3_S(21, DType.IQ3_S),
  IQ2_S(22, DType.IQ2_S),
  IQ4_XS(23, DType.IQ4_XS),
  I8(24, DType.I8),
  I16(25, DType.I16),
  I32(26, DType.I32),
  I64(27, DType.I64),
  F64(28, DType.F64),
  IQ1_M(29, DType.IQ1_M),
  BF16(30, DType.BF16),
  TQ1_0(34, DType.TQ1_0),
  TQ2_0(35, DType.TQ2_0),
  MXFP4(39, DType.MXFP4),
  NVFP4(40, DType.NVFP4);

  private final int id;
  private final DType dtype;

  GgmlType(int id, DType dtype) {
    this.id = id;
    this.dtype = dtype;
  }

  /// The number in the file.
  public int id() {
    return id;
  }

  /// The format that it stands for.
  public DType dtype() {
    return dtype;
  }

  /// The type with this number, if there is one.
  public static Optional<GgmlType> ofId(int id) {
    return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
  }

  /// The number of a format; empty for FP8, unsigned bytes and booleans, which GGUF lacks.
  public static Optional<GgmlType> of(DType dtype) {
    return Arrays.stream(values()).filter(type -> type.dtype == dtype).findFirst();
  }
}
