package fathom.tensor.x86;

import fathom.tensor.NativeMemory;
import fathom.tensor.WeightMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A copy of a weight in its [LaneForm].
final class LaneWeight {
  private static final int HALF = 2, WORD = 4;

  private final WeightMatrix source;
  private final LaneForm form;
  private final MemorySegment memory;

  /// @param memory zeroed, of [LaneForm#bytes] and at least 1 KiB more, which kernels may read
  LaneWeight(WeightMatrix source, MemorySegment memory) {
    this.source = source;
    this.memory = memory;
    form = LaneForm.of(source.type());
  }

  LaneForm form() {
    return form;
  }

  int groups() {
    return form.groups(source.rows());
  }

  long groupBytes() {
    return form.groupBytes(source.columns());
  }

  long wordBytes() {
    return form.wordBytes(source.columns());
  }

  /// Address of a group's words.
  long group(int group) {
    return memory.address() + group * groupBytes();
  }

  /// Fills one group from the source.
  void fill(int group) {
    int first = group * LaneForm.ROWS;
    int rows = Math.min(LaneForm.ROWS, source.rows() - first);
    int records = form.records(source.columns());
    int blockBytes = form.format().blockBytes();
    long words = group(group);
    long halves = words + wordBytes();
    for (int record = 0; record < records; record++) {
      for (int row = 0; row < rows; row++) {
        long block = source.rowAddress(first + row) + (long) record * blockBytes;
        fillWords(block + form.wordsAt(), words + (long) WORD * row);
        if (form.halfAt() >= 0) {
          NativeMemory.ALL.set(
              ValueLayout.JAVA_SHORT_UNALIGNED,
              halves + (long) HALF * row,
              NativeMemory.getShort(block + form.halfAt()));
        }
      }
      words += (long) form.words() * LaneForm.WORD_BYTES;
      halves += LaneForm.HALF_BYTES;
    }
  }

  private void fillWords(long from, long to) {
    for (int word = 0; word < form.words(); word++) {
      NativeMemory.ALL.set(
          ValueLayout.JAVA_INT_UNALIGNED,
          to + (long) word * LaneForm.WORD_BYTES,
          NativeMemory.getInt(from + (long) word * WORD));
    }
  }
}
