package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TrainingBatchTest {
  @Test
  void everyRowOfATextTargetsTheNextOne() {
    TrainingBatch batch = TrainingBatch.of(new int[] {5, 6, 7}, new int[] {8, 9});
    assertThat(batch.ids()).containsExactly(5, 6, 7, 8, 9);
    assertThat(batch.targets()).containsExactly(6, 7, -1, 9, -1);
    assertThat(batch.totalWeight()).isEqualTo(3);
  }

  @Test
  void looksAheadWithinASequenceOnly() {
    int[] ids = {5, 6, 7, 8, 9};
    int[] targets = {6, 7, 70, -1, 90};
    TrainingBatch batch = new TrainingBatch(new Packing(3, 2), ids, targets);
    assertThat(batch.idsAhead(1)).containsExactly(6, 7, 70, 9, 90);
    assertThat(batch.targetsAhead(1)).containsExactly(7, 70, -1, 90, -1);
    assertThat(batch.idsAhead(2)).containsExactly(7, 70, -1, 90, -1);
  }

  @Test
  void arraysMustHaveARowEach() {
    assertThatThrownBy(() -> new TrainingBatch(new Packing(3), new int[3], new int[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 targets")
        .hasMessageContaining("2");
  }

  @Test
  void emptySequencesAreRefused() {
    assertThatThrownBy(() -> new Packing(3, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(Packing::new).isInstanceOf(IllegalArgumentException.class);
  }
}
