package fathom.tensor;

/// Four rows of a weight that are multiplied with one input side by side, so that they share its
/// loads. Set and used again for the next four.
final class RowQuad {
  static final int ROWS = 4;

  /// Addresses of the rows.
  long w0;

  long w1;
  long w2;
  long w3;

  /// Addresses of their vectors of partial sums.
  long s0;

  long s1;
  long s2;
  long s3;

  /// Address of the input.
  long input;

  /// Numbers to multiply of each row, a whole number of blocks.
  int columns;

  /// Address of [SuperBlockDot#SPARE_BYTES] bytes for numbers that are made on the way.
  long spare;

  /// Address of one of the rows.
  long weights(int row) {
    return switch (row) {
      case 0 -> w0;
      case 1 -> w1;
      case 2 -> w2;
      default -> w3;
    };
  }

  /// Sets the rows to `count` (up to four) neighbouring ones; if there are fewer, the last one is
  /// computed several times, to the same result at the same place.
  void setRows(long first, long rowBytes, long sums, int count) {
    int second = Math.min(1, count - 1);
    int third = Math.min(2, count - 1);
    int fourth = Math.min(3, count - 1);
    w0 = first;
    w1 = first + second * rowBytes;
    w2 = first + third * rowBytes;
    w3 = first + fourth * rowBytes;
    s0 = sums;
    s1 = sums + second * Lanes.BYTES;
    s2 = sums + third * Lanes.BYTES;
    s3 = sums + fourth * Lanes.BYTES;
  }
}
