package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.checkpoint.Checkpoint;
import fathom.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class SupervisedFineTunerTest {
  private static final String ADAPTERS =
      TinyChat.RECIPE.replace("{\"steps\": 6", "{\"steps\": 6, \"tuning\": {\"lora_rank\": 2}");

  @TempDir static Path shared;
  private static Path data;
  private static Path reference;
  private static Path adapted;

  @TempDir Path folder;

  @BeforeAll
  static void tuneOnceWithoutInterruption() throws IOException {
    data = TinyChat.conversations(shared);
    reference = shared.resolve("reference");
    adapted = shared.resolve("adapted");
    TinyChat.tune(reference, data, TinyChat.RECIPE, 1);
    TinyChat.tune(adapted, data, ADAPTERS, 1);
  }

  private static double loss(List<ObjectNode> lines, int step) {
    return lines.get(step - 1).get("val_loss").asDouble();
  }

  @Test
  void theLossOfHeldOutConversationsFalls() throws IOException {
    List<ObjectNode> lines = RunChecks.metrics(reference);
    assertThat(lines).hasSize(6);
    assertThat(loss(lines, 6)).isLessThan(loss(lines, 3));
  }

  @Test
  void anotherNumberOfThreadsGivesTheSameRun() throws IOException {
    Path run = folder.resolve("run");
    TinyChat.tune(run, data, TinyChat.RECIPE, 3);
    RunChecks.assertSame(run, reference);
  }

  @Test
  void aStoppedRunGoesOnAsIfItHadNotStopped() throws IOException {
    stopAndGoOn(TinyChat.RECIPE, reference);
  }

  @Test
  void aStoppedRunOfAdaptersGoesOnAsIfItHadNotStopped() throws IOException {
    stopAndGoOn(ADAPTERS, adapted);
  }

  private void stopAndGoOn(String recipe, Path expected) throws IOException {
    RunDirectory run = new RunDirectory(folder.resolve("run"));
    try (SupervisedFineTuner tuner = TinyChat.open(run, data, recipe, Workers.serial())) {
      tuner.train(
          new TrainingListener() {
            @Override
            public void stepped(int step, int steps, ObjectNode metrics) {}

            @Override
            public boolean stops() {
              return tuner.step() == 3;
            }
          });
    }
    TinyChat.tune(run.path(), data, recipe, 1);
    RunChecks.assertSame(run.path(), expected);
  }

  @Test
  void aRunKilledAtAnyMomentGoesOnBitForBit() throws Exception {
    Path run = folder.resolve("run");
    RunChecks.kill(TinyChat.class, 3, 20261122, run.toString(), data.toString(), TinyChat.RECIPE);
    TinyChat.tune(run, data, TinyChat.RECIPE, 1);
    RunChecks.assertSame(run, reference);
  }

  @Test
  void checkpointsOfAdaptersHaveTheModelsTensorsAndNoOthers() {
    try (Checkpoint before = Checkpoint.open(TinyChat.ADDER);
        Checkpoint after = Checkpoint.open(adapted.resolve("checkpoints/last"))) {
      assertThat(after.tensors().keySet()).isEqualTo(before.tensors().keySet());
      String moved = "model.layers.0.self_attn.o_proj.weight";
      String still = "model.embed_tokens.weight";
      assertThat(after.floats(moved).toArray(0)).isNotEqualTo(before.floats(moved).toArray(0));
      assertThat(after.floats(still).toArray(0)).isEqualTo(before.floats(still).toArray(0));
    }
  }

  @Test
  void epochsSayHowManyStepsThereAre() throws IOException {
    Path run = folder.resolve("run");
    String recipe = "{\"tuning\": {\"epochs\": 3}, \"batch\": {\"sequences\": 4, \"length\": 96}}";
    try (SupervisedFineTuner tuner =
        TinyChat.open(new RunDirectory(run), data, recipe, Workers.serial())) {
      assertThat(tuner.recipe().steps()).isBetween(10, 16);
    }
  }

  @Test
  void refusesToGoOnWithOtherConversations() throws IOException {
    Path run = folder.resolve("run");
    Path own = TinyChat.conversations(folder);
    try (SupervisedFineTuner tuner =
        TinyChat.open(new RunDirectory(run), own, TinyChat.RECIPE, Workers.serial())) {
      assertThat(tuner.step()).isZero();
    }
    Files.writeString(own, Files.readString(own).replace("minus", "less"));
    assertThatThrownBy(() -> TinyChat.tune(run, own, TinyChat.RECIPE, 1))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected the conversations that the run began with");
  }

  @Test
  void refusesARunOfAnotherKind() throws IOException {
    Path text = MicroModel.data(folder);
    Path run = folder.resolve("run");
    MicroModel.train(run, text, MicroModel.RECIPE, 1);
    assertThatThrownBy(() -> TinyChat.tune(run, data, TinyChat.RECIPE, 1))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected a run of fathom sft, found one of fathom train");
  }

  @Test
  void refusesConversationsThatAllAreTooLong() {
    String recipe = "{\"batch\": {\"length\": 8}}";
    assertThatThrownBy(() -> TinyChat.tune(folder.resolve("run"), data, recipe, 1))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected conversations of at most batch.length 8 tokens");
  }

  @Test
  void refusesRowsLongerThanTheModelTakes() {
    String recipe = "{\"batch\": {\"length\": 513}}";
    assertThatThrownBy(() -> TinyChat.tune(folder.resolve("run"), data, recipe, 1))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("max_position_embeddings 512");
  }
}
