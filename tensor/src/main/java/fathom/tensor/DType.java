package fathom.tensor;

/// How the numbers of a tensor are stored. Block formats (the names are ggml's) keep `blockSize`
/// consecutive numbers of a row in `blockBytes` bytes; plain formats are blocks of one.
public enum DType {
  F32(1, 4),
  F16(1, 2),
  BF16(1, 2),
  /// 8-bit float of four exponent and three mantissa bits, no infinities (`float8_e4m3fn`).
  F8_E4M3(1, 1),
  F64(1, 8),
  I8(1, 1),
  I16(1, 2),
  I32(1, 4),
  I64(1, 8),
  U8(1, 1),
  BOOL(1, 1),
  Q4_0(32, 18),
  Q4_1(32, 20),
  Q5_0(32, 22),
  Q5_1(32, 24),
  Q8_0(32, 34),
  Q8_1(32, 36),
  Q2_K(256, 84),
  Q3_K(256, 110),
  Q4_K(256, 144),
  Q5_K(256, 176),
  Q6_K(256, 210),
  Q8_K(256, 292),
  IQ1_S(256, 50),
  IQ1_M(256, 56),
  IQ2_XXS(256, 66),
  IQ2_XS(256, 74),
  IQ2_S(256, 82),
  IQ3_XXS(256, 98),
  IQ3_S(256, 110),
  IQ4_NL(32, 18),
  IQ4_XS(256, 136),
  TQ1_0(256, 54),
  TQ2_0(256, 66),
  MXFP4(32, 17),
  NVFP4(64, 36);

  private final int blockSize;
  private final int blockBytes;

  DType(int blockSize, int blockBytes) {
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
  }

  /// Numbers in one block.
  public int blockSize() {
    return blockSize;
  }

  /// Bytes of one block.
  public int blockBytes() {
    return blockBytes;
  }

  /// Whether several numbers share a block and its scales.
  public boolean isQuantized() {
    return blockSize > 1;
  }

  /// Bytes of `elements` consecutive numbers of one row.
  ///
  /// @throws IllegalArgumentException if `elements` is negative or no multiple of the block size
  public long bytes(long elements) {
    if (elements < 0 || elements % blockSize != 0) {
      throw new IllegalArgumentException(
          "%s: expected a multiple of %d elements, found %d".formatted(this, blockSize, elements));
    }
    return Math.multiplyExact(elements / blockSize, (long) blockBytes);
  }
}
