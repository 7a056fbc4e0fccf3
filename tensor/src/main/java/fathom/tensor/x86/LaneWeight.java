package fathom.tensor.x86;

import fathom.tensor.NativeMemory;
import fathom.tensor.WeightMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A copy of a weight in its [LaneForm].
final class LaneWeight {
  private static final int HALF = 2, WORD = 4, SQUARE = 16;

  private final WeightMatrix source;
  private final LaneForm form;
  private final MemorySegment memory;

  /// @param memory zeroed, of [LaneForm#bytes] and at least 1 KiB more, which kernels may read
  LaneWeight(WeightMatrix source, MemorySegment memory) {
    this.source = source;
    this.memory = memory;
    form = LaneForm.of(source.type());
  }

  WeightMatrix source() {
    return source;
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
  void fill(int group, KernelSet kernels) {
    int first = group * LaneForm.ROWS;
    int rows = Math.min(LaneForm.ROWS, source.rows() - first);
    boolean squares = rows == LaneForm.ROWS && kernels.tier().atLeast(Tier.AVX512);
    int turned = squares ? turn(group, kernels) : 0;
    int records = form.records(source.columns());
    int blockBytes = form.format().blockBytes();
    for (int record = turned; record < records; record++) {
      if (squares && turnAlone(group, record, kernels)) {
        continue;
      }
      long words = group(group) + record * recordBytes();
      for (int row = 0; row < rows; row++) {
        long block = source.rowAddress(first + row) + (long) record * blockBytes;
        fillWords(block + form.wordsAt(), words + (long) WORD * row);
      }
    }
    for (int row = 0; row < rows; row++) {
      long halves = group(group) + wordBytes() + (long) HALF * row;
      fillHalves(source.rowAddress(first + row) + form.halfAt(), halves);
    }
  }

  private long recordBytes() {
    return (long) form.words() * LaneForm.WORD_BYTES;
  }

  /// Transposes the words of a whole group's records but the last few, in squares of 16 words, and
  /// gives the number of these records. A square writes beyond the words of its record, where the
  /// next one writes after it.
  private int turn(int group, KernelSet kernels) {
    int perRecord = (form.words() + SQUARE - 1) / SQUARE;
    int behind = (SQUARE + form.words() - 1) / form.words();
    int records = Math.max(0, form.records(source.columns()) - behind);
    int calls = perRecord == 1 ? Math.min(1, records) : records;
    long blockBytes = form.format().blockBytes();
    Scratch scratch = kernels.scratch();
    scratch.set(TransposeKernel.SOURCE_ROW, source.rowBytes());
    scratch.set(TransposeKernel.TARGET_ROW, LaneForm.WORD_BYTES);
    scratch.set(TransposeKernel.SQUARES, perRecord == 1 ? records : perRecord);
    scratch.set(TransposeKernel.SOURCE_STEP, perRecord == 1 ? blockBytes : (long) SQUARE * WORD);
    scratch.set(
        TransposeKernel.TARGET_STEP,
        perRecord == 1 ? recordBytes() : (long) SQUARE * LaneForm.WORD_BYTES);
    long from = source.rowAddress(group * LaneForm.ROWS) + form.wordsAt();
    for (int call = 0; call < calls; call++) {
      scratch.set(TransposeKernel.SOURCE, from + call * blockBytes);
      scratch.set(TransposeKernel.TARGET, group(group) + call * recordBytes());
      scratch.call(kernels.transpose());
    }
    return records;
  }

  /// Transposes the words of one record of a whole group and writes nothing beyond them: whole
  /// squares, then one that ends where the record does, of which only the missing words are kept.
  /// Does nothing and says so if that one would begin before the row.
  private boolean turnAlone(int group, int record, KernelSet kernels) {
    int whole = form.words() / SQUARE;
    int rest = form.words() % SQUARE;
    long inRow = (long) record * form.format().blockBytes() + form.wordsAt();
    long lastSquare = inRow + (long) WORD * (form.words() - SQUARE);
    if (lastSquare < 0) {
      return false;
    }
    long row = source.rowAddress(group * LaneForm.ROWS);
    long words = group(group) + record * recordBytes();
    Scratch scratch = kernels.scratch();
    scratch.set(TransposeKernel.SOURCE_ROW, source.rowBytes());
    scratch.set(TransposeKernel.TARGET_ROW, LaneForm.WORD_BYTES);
    if (whole > 0) {
      scratch.set(TransposeKernel.SOURCE, row + inRow);
      scratch.set(TransposeKernel.TARGET, words);
      scratch.set(TransposeKernel.SQUARES, whole);
      scratch.set(TransposeKernel.SOURCE_STEP, (long) SQUARE * WORD);
      scratch.set(TransposeKernel.TARGET_STEP, (long) SQUARE * LaneForm.WORD_BYTES);
      scratch.call(kernels.transpose());
    }
    if (rest > 0) {
      long square = scratch.buffer(Scratch.EDGE, (long) SQUARE * LaneForm.WORD_BYTES);
      scratch.set(TransposeKernel.SOURCE, row + lastSquare);
      scratch.set(TransposeKernel.TARGET, square);
      scratch.set(TransposeKernel.SQUARES, 1);
      scratch.call(kernels.transpose());
      MemorySegment.copy(
          NativeMemory.ALL,
          square + (long) (SQUARE - rest) * LaneForm.WORD_BYTES,
          NativeMemory.ALL,
          words + (long) (form.words() - rest) * LaneForm.WORD_BYTES,
          (long) rest * LaneForm.WORD_BYTES);
    }
    return true;
  }

  private void fillHalves(long from, long to) {
    if (form.halfAt() < 0) {
      return;
    }
    int records = form.records(source.columns());
    for (int record = 0; record < records; record++) {
      NativeMemory.ALL.set(
          ValueLayout.JAVA_SHORT_UNALIGNED,
          to + (long) record * LaneForm.HALF_BYTES,
          NativeMemory.getShort(from + (long) record * form.format().blockBytes()));
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
