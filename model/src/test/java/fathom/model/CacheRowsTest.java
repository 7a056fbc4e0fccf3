package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.DType;
import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CacheRowsTest {
  private static final int LEFT = 5;
  private static final int RIGHT = 3;

  private static Matrix random(Arena arena, int rows, int columns) {
    Random random = new Random(3);
    Matrix matrix = Matrix.allocate(arena, rows, columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        matrix.set(row, column, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  private static BlockTable table(Arena arena, DType type, int blocks) {
    CacheLayout layout = new CacheLayout(2, LEFT + RIGHT, type);
    BlockTable table = new BlockTable(layout);
    for (int block = 0; block < blocks; block++) {
      table.append(arena.allocate(layout.blockBytes(), 64).address());
    }
    return table;
  }

  private static void write(Span span, Matrix left, Matrix right) {
    try (Tape tape = Tape.silent(TinyModel.KERNELS)) {
      Step step = new Step(tape);
      step.startCached(new StepBatch(new int[span.rows()], List.of(span), new int[0]), null);
      CacheRows.write(step, 1, left, right);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "F16", "BF16"})
  void whatIsWrittenAcrossBlocksIsReadBack(DType type) {
    try (Arena arena = Arena.ofShared()) {
      int rows = 100;
      Matrix left = random(arena, rows, LEFT);
      Matrix right = random(arena, rows, RIGHT);
      BlockTable table = table(arena, type, 2);
      write(new Span(0, rows, 0, table), left, right);
      Matrix readLeft = Matrix.allocate(arena, rows, LEFT);
      Matrix readRight = Matrix.allocate(arena, rows, RIGHT);
      CacheRows.read(table, 1, readLeft, readRight);
      double precision = type == DType.F32 ? 0 : type == DType.F16 ? 1.0 / 2048 : 1.0 / 256;
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < LEFT; column++) {
          float expected = left.get(row, column);
          assertThat(Math.abs(readLeft.get(row, column) - expected))
              .isLessThanOrEqualTo((float) (precision * Math.abs(expected) + 1e-7 * precision));
        }
        assertThat(Math.abs(readRight.get(row, 2) - right.get(row, 2)))
            .isLessThanOrEqualTo((float) (precision * Math.abs(right.get(row, 2))));
      }
    }
  }

  @Test
  void otherLayersAndPositionsStayUntouched() {
    try (Arena arena = Arena.ofShared()) {
      BlockTable table = table(arena, DType.F32, 1);
      write(new Span(0, 2, 7, table), random(arena, 2, LEFT), random(arena, 2, RIGHT));
      Matrix left = Matrix.allocate(arena, 64, LEFT);
      Matrix right = Matrix.allocate(arena, 64, RIGHT);
      CacheRows.read(table, 0, left, right);
      for (int row = 0; row < 64; row++) {
        assertThat(left.toArray(row)).containsOnly(0f);
      }
      CacheRows.read(table, 1, left, right);
      assertThat(left.toArray(6)).containsOnly(0f);
      assertThat(left.toArray(7)).doesNotContain(0f);
      assertThat(right.toArray(8)).doesNotContain(0f);
      assertThat(left.toArray(9)).containsOnly(0f);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F16", "BF16"})
  void narrowFormatsKeepExtremes(DType type) {
    try (Arena arena = Arena.ofShared()) {
      Matrix left = Matrix.allocate(arena, 1, LEFT);
      left.setRow(0, Float.NaN, 1e30f, -1e30f, 0f, -0f);
      BlockTable table = table(arena, type, 1);
      write(new Span(0, 1, 0, table), left, Matrix.allocate(arena, 1, RIGHT));
      Matrix read = Matrix.allocate(arena, 1, LEFT);
      CacheRows.read(table, 1, read, Matrix.allocate(arena, 1, RIGHT));
      assertThat(read.get(0, 0)).isNaN();
      assertThat(read.get(0, 1)).isFinite().isGreaterThan(65000f);
      assertThat(read.get(0, 2)).isFinite().isLessThan(-65000f);
      assertThat(Float.floatToRawIntBits(read.get(0, 4))).isEqualTo(Integer.MIN_VALUE);
    }
  }
}
