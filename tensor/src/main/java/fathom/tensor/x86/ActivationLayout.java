package fathom.tensor.x86;

import fathom.tensor.DType;

/// How a row of activations lies in memory after quantisation to 8 bits, as the decode kernels of a
/// weight format read it.
///
/// Each 32 numbers x share a scale d = max|x| / 127 and become q = round(x / d). A *record* holds
/// one block of 32, or the eight blocks that belong to a super-block of 256:
///
/// ```
/// offset  0            32 n         64 n            64 n + 4 n        (n = 1 or 8 blocks)
///         q, 32 n int8 | -o Σ4 q, 8 n int32 | d, n float32 | d Σ32 q / share, n float32
/// ```
///
/// `-o Σ4 q` starts the integer sums, so that weights stored with an offset o (Q4_0: 8) can be
/// multiplied as unsigned bytes; the last part multiplies the minimum that some formats have.
///
/// @param blocks blocks of 32 in a record
/// @param offset what the stored weights are too large by
/// @param share lanes over which the sum is spread
record ActivationLayout(int blocks, int offset, int share) {
  /// The layout for the weights of a format.
  static ActivationLayout of(DType format) {
    return switch (format) {
      case Q8_0 -> new ActivationLayout(1, 128, 8);
      case Q4_0 -> new ActivationLayout(1, 8, 8);
      case Q5_0 -> new ActivationLayout(1, 16, 8);
      case Q4_1, Q5_1 -> new ActivationLayout(1, 0, 8);
      case Q4_K, Q5_K -> new ActivationLayout(8, 0, 1);
      case Q6_K -> new ActivationLayout(8, 32, 1);
      default -> throw new IllegalArgumentException("no 8-bit products with " + format);
    };
  }

  int quants() {
    return 0;
  }

  int starts() {
    return 32 * blocks;
  }

  int scales() {
    return 64 * blocks;
  }

  int sums() {
    return 68 * blocks;
  }

  /// Bytes of a record, a multiple of 32 so that no load crosses a cache line.
  int recordBytes() {
    return (72 * blocks + 31) / 32 * 32;
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
