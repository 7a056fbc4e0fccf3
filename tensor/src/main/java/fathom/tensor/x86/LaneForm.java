package fathom.tensor.x86;

import fathom.tensor.DType;
import fathom.tensor.WeightMatrix;

/// How weights lie in memory when rows are lanes: 16 rows form a group, and the 32-bit words of
/// their blocks alternate, so that one vector holds the same word of 16 rows.
///
/// ```
/// a group:  word 0 of block 0 of rows 0 … 15 | word 1 … | … | last word of the last block
///           then, where blocks have an odd number of 16-bit values: that one (`d`) of rows 0 … 15, a block
/// ```
///
/// Nothing is recoded: it is a transposition, of the same size but for rows that fill up the last
/// group. A product reads it as one long stream, a sum needs no reduction at the end, and the
/// scales of 16 rows are one vector.
///
/// @param format the weights' format
/// @param halfAt where in a block the odd 16-bit value lies, or -1 if there is none
/// @param wordsAt where in a block its words begin
/// @param words words of a block
record LaneForm(DType format, int halfAt, int wordsAt, int words) {
  /// Rows of a group.
  static final int ROWS = 16;

  /// Bytes of one word, or of one odd value, of a group.
  static final int WORD_BYTES = 64, HALF_BYTES = 32;

  static boolean has(DType format) {
    return switch (format) {
      case Q8_0, Q4_0, Q4_K, Q6_K -> true;
      default -> false;
    };
  }

  static LaneForm of(DType format) {
    return switch (format) {
      case Q8_0 -> new LaneForm(format, 0, 2, 8);
      case Q4_0 -> new LaneForm(format, 0, 2, 4);
      case Q4_K -> new LaneForm(format, -1, 0, 36);
      case Q6_K -> new LaneForm(format, 208, 0, 52);
      default -> throw new IllegalArgumentException("rows as lanes: no form of " + format);
    };
  }

  /// Where a byte of a block that is no part of its odd value is counted from the first word.
  int inWords(int offset) {
    return offset - wordsAt;
  }

  int groups(int rows) {
    return (rows + ROWS - 1) / ROWS;
  }

  int records(int columns) {
    return columns / format.blockSize();
  }

  /// Bytes of a group's words.
  long wordBytes(int columns) {
    return (long) records(columns) * words * WORD_BYTES;
  }

  /// Bytes of a group.
  long groupBytes(int columns) {
    long halves = halfAt < 0 ? 0 : (long) records(columns) * HALF_BYTES;
    return (wordBytes(columns) + halves + 63) / 64 * 64;
  }

  /// Bytes of a whole weight.
  static long bytes(WeightMatrix w) {
    LaneForm form = of(w.type());
    return form.groups(w.rows()) * form.groupBytes(w.columns());
  }
}
