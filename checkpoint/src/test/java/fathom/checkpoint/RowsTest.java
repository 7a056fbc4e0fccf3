package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RowsTest {
  /// Numbers 0, 1, 2 … as rows.
  private static Rows counting(int rows, int columns, float first) {
    float[] numbers = new float[rows * columns];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = first + i;
    }
    return new Rows.Values(columns, numbers);
  }

  private static float[] all(Rows source) {
    Rows rows = source.load();
    float[] numbers = new float[(int) rows.count() * rows.columns()];
    float[] row = new float[rows.columns()];
    for (int i = 0; i < rows.count(); i++) {
      rows.read(i, row);
      System.arraycopy(row, 0, numbers, i * row.length, row.length);
    }
    return numbers;
  }

  @Property(tries = 60, seed = "3")
  void joinedKvBIsTheOneThatWasSplit(
      @ForAll @IntRange(min = 1, max = 4) int heads,
      @ForAll @IntRange(min = 1, max = 5) int nope,
      @ForAll @IntRange(min = 1, max = 5) int value,
      @ForAll @IntRange(min = 1, max = 6) int latent) {
    Rows whole = counting(heads * (nope + value), latent, 0);
    KvB split = new KvB(heads, nope, value);
    Rows keys = split.keys(whole);
    Rows values = split.values(whole);
    assertThat(keys.count()).isEqualTo((long) heads * latent);
    assertThat(keys.columns()).isEqualTo(nope);
    assertThat(all(split.whole(keys.load(), values))).containsExactly(all(whole));
  }

  @Test
  void splitsKvBHeadByHeadAndTransposesTheKeys() {
    // Two heads of one key row and one value row each, of three latent numbers.
    Rows whole = counting(4, 3, 0);
    KvB split = new KvB(2, 1, 1);
    assertThat(all(split.keys(whole))).containsExactly(0, 1, 2, 6, 7, 8);
    assertThat(all(split.values(whole))).containsExactly(3, 4, 5, 9, 10, 11);
    // One head of two key rows: transposed, the numbers of one latent dimension lie together.
    assertThat(all(new KvB(1, 2, 1).keys(counting(3, 3, 0)))).containsExactly(0, 3, 1, 4, 2, 5);
  }

  @Test
  void stacksPartsOfEqualSize() {
    Rows stack =
        Rows.Chosen.stacked(List.of(counting(2, 2, 0), counting(2, 2, 10), counting(2, 2, 20)));
    assertThat(stack.count()).isEqualTo(6);
    assertThat(all(stack)).containsExactly(0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23);
  }

  @Test
  void computesNothingBeforeItIsLoaded() {
    Rows transposed = Rows.Computed.transposed(counting(2, 3, 0), 1);
    assertThatThrownBy(() -> transposed.read(0, new float[2]))
        .isInstanceOf(IllegalStateException.class);
    assertThat(transposed.load().columns()).isEqualTo(2);
    assertThat(all(transposed)).containsExactly(0, 3, 1, 4, 2, 5);
  }

  @Property(tries = 40, seed = "5")
  void separatedRotaryRowsAreTheOnesThatWereInterleaved(
      @ForAll @IntRange(min = 1, max = 4) int heads, @ForAll @IntRange(min = 1, max = 5) int half) {
    try (Arena arena = Arena.ofConfined();
        Checkpoint source = Checkpoint.open(Fixtures.MODELS.resolve("qwen2-tiny"))) {
      int rows = heads * 2 * half;
      TensorEntry tensor = floats(arena, rows);
      Rows pairs = RotaryRows.interleave(source, tensor, heads);
      MemorySegment interleaved = arena.allocate(4L * rows, 4);
      for (int row = 0; row < rows; row++) {
        pairs.copy(row, interleaved, 4L * row);
      }
      TensorEntry permuted = new TensorEntry("q", DType.F32, Shape.of(rows, 1), interleaved);
      assertThat(all(RotaryRows.separate(source, permuted, heads)))
          .containsExactly(all(counting(rows, 1, 0)));
    }
  }

  private static TensorEntry floats(Arena arena, int rows) {
    MemorySegment segment = arena.allocate(4L * rows, 4);
    for (int i = 0; i < rows; i++) {
      segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
    }
    return new TensorEntry("q", DType.F32, Shape.of(rows, 1), segment);
  }

  @Test
  void interleavesTheHalvesOfEachHead() {
    try (Arena arena = Arena.ofConfined();
        Checkpoint source = Checkpoint.open(Fixtures.MODELS.resolve("qwen2-tiny"))) {
      assertThat(all(RotaryRows.interleave(source, floats(arena, 8), 2)))
          .containsExactly(0, 2, 1, 3, 4, 6, 5, 7);
      assertThatThrownBy(() -> RotaryRows.interleave(source, floats(arena, 6), 2))
          .isInstanceOf(MalformedCheckpointException.class)
          .hasMessageContaining("expected 2 heads of an even number of rows");
    }
  }

  @Test
  void refusesToConvertTensorsThatAreNoWeights() {
    Path directory = Fixtures.MODELS.resolve("qwen2-tiny");
    try (Checkpoint source = Checkpoint.open(directory)) {
      TensorEntry integers =
          new TensorEntry("ids", DType.I64, Shape.of(1), MemorySegment.ofArray(new byte[8]));
      assertThatThrownBy(() -> Numbers.of(source, integers))
          .isInstanceOf(MalformedCheckpointException.class)
          .hasMessageContaining("expected rows of weights, found I64 [1]");
    }
  }
}
