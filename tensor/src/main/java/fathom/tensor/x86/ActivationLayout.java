package fathom.tensor.x86;

import fathom.tensor.DType;

/// How a row of activations lies in memory after quantisation to 8 bits, as the decode kernels of a
/// weight format read it.
///
/// Each 32 numbers x share a scale d = max|x| / 127 and become q = round(x / d). A *record* holds
/// one block of 32, or the eight blocks that belong to a super-block of 256:
///
/// ```
/// q, 32 n int8 | -o Σ q, s n int32 | d, n float32 | d Σ32 q / share, n float32    (n = 1 or 8 blocks)
/// ```
///
/// `-o Σ q` over each of s parts of a block starts the integer sums, so that weights stored with an
/// offset o (Q4_0: 8) can be multiplied as unsigned bytes; the last part multiplies the minimum
/// that some formats have.
///
/// @param blocks blocks of 32 in a record
/// @param offset what the stored weights are too large by
/// @param share lanes over which the sum is spread
/// @param parts parts of a block that are summed up by themselves: 8, one a lane, where a row of
///   weights lies along the lanes; 1 or 2, as many as a block has scales, where rows are lanes
record ActivationLayout(int blocks, int offset, int share, int parts) {
  /// The layout for the weights of a format.
  static ActivationLayout of(DType format) {
    return switch (format) {
      case Q8_0 -> new ActivationLayout(1, 128, 8, 8);
      case Q4_0 -> new ActivationLayout(1, 8, 8, 8);
      case Q5_0 -> new ActivationLayout(1, 16, 8, 8);
      case Q4_1, Q5_1 -> new ActivationLayout(1, 0, 8, 8);
      case Q4_K, Q5_K -> new ActivationLayout(8, 0, 1, 8);
      case Q6_K -> new ActivationLayout(8, 32, 1, 8);
      default -> throw new IllegalArgumentException("no 8-bit products with " + format);
    };
  }

  /// The layout for the weights of a format in its [LaneForm].
  static ActivationLayout ofLanes(DType format) {
    ActivationLayout rows = of(format);
    return new ActivationLayout(rows.blocks, rows.offset, 1, format == DType.Q6_K ? 2 : 1);
  }

  int quants() {
    return 0;
  }

  int starts() {
    return 32 * blocks;
  }

  int scales() {
    return starts() + 4 * parts * blocks;
  }

  int sums() {
    return scales() + 4 * blocks;
  }

  /// Bytes of a record, a multiple of 32 so that no load crosses a cache line.
  int recordBytes() {
    return (sums() + 4 * blocks + 31) / 32 * 32;
  }

  /// Numbers in a record.
  int numbers() {
    return 32 * blocks;
  }

  /// Bytes of a row of `columns` numbers.
  long rowBytes(int columns) {
    return (long) columns / numbers() * recordBytes();
  }
}
