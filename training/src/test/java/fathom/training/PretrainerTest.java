package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.checkpoint.Checkpoint;
import fathom.tensor.Workers;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class PretrainerTest {
  @TempDir static Path shared;
  private static Path data;
  private static Path reference;

  @TempDir Path folder;

  @BeforeAll
  static void trainOnceWithoutInterruption() throws IOException {
    data = MicroModel.data(shared);
    reference = shared.resolve("reference");
    MicroModel.train(reference, data, MicroModel.RECIPE, 1);
  }

  private static void assertSame(Path run) throws IOException {
    RunChecks.assertSame(run, reference);
  }

  @Test
  void theLossFalls() throws IOException {
    List<ObjectNode> lines = RunChecks.metrics(reference);
    assertThat(lines).hasSize(12);
    assertThat(lines.getLast().get("loss").asDouble())
        .isLessThan(lines.getFirst().get("loss").asDouble() - 0.5);
    assertThat(lines.getLast().get("val_bits_per_byte").asDouble()).isBetween(0.1, 10.0);
    assertThat(lines.getLast().has("mtp_loss")).isTrue();
  }

  @Test
  void theLastCheckpointIsAHuggingFaceDirectory() {
    Path last = reference.resolve("checkpoints/last");
    try (Checkpoint checkpoint = Checkpoint.open(last)) {
      assertThat(checkpoint.contains("model.embed_tokens.weight")).isTrue();
      assertThat(checkpoint.config().path("model_type").asString()).isEqualTo("deepseek_v3");
    }
    assertThat(Tokenizer.open(last).decode(Tokenizer.open(last).encode("cats"))).isEqualTo("cats");
  }

  @Test
  void keepsTheLastCheckpointsAndTheBest() throws IOException {
    try (Stream<Path> files = Files.list(reference.resolve("checkpoints"))) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .contains("last", "best", "step-00000009", "step-00000012")
          .doesNotContain("step-00000000", "step-00000003");
    }
  }

  @Test
  void anotherNumberOfThreadsGivesTheSameRun() throws IOException {
    Path run = folder.resolve("run");
    MicroModel.train(run, data, MicroModel.RECIPE, 3);
    assertSame(run);
  }

  @Test
  void aStoppedRunGoesOnAsIfItHadNotStopped() throws IOException {
    RunDirectory run = new RunDirectory(folder.resolve("run"));
    try (Workers workers = Workers.serial();
        Pretrainer trainer =
            Pretrainer.start(
                run,
                InitialModel.fresh(MicroModel.json(MicroModel.CONFIG)),
                MicroModel.json(MicroModel.RECIPE),
                data,
                MicroModel.kernels(workers))) {
      trainer.train(new StopAt(trainer, 5));
      assertThat(trainer.step()).isEqualTo(5);
    }
    MicroModel.train(run.path(), data, MicroModel.RECIPE, 2);
    assertSame(run.path());
  }

  private record StopAt(Pretrainer trainer, int step) implements TrainingListener {
    @Override
    public void stepped(int done, int steps, ObjectNode metrics) {}

    @Override
    public boolean stops() {
      return trainer.step() == step;
    }
  }

  @Test
  void aRunKilledAtAnyMomentGoesOnBitForBit() throws Exception {
    Path run = folder.resolve("run");
    RunChecks.kill(
        MicroModel.class, 3, 20261122, run.toString(), data.toString(), MicroModel.RECIPE);
    MicroModel.train(run, data, MicroModel.RECIPE, 1);
    assertSame(run);
  }

  @Test
  @Tag("long")
  void aRunKilledAtTwentyMomentsGoesOnBitForBit() throws Exception {
    String recipe = MicroModel.RECIPE.replace("\"steps\": 12", "\"steps\": 600");
    Path uninterrupted = folder.resolve("uninterrupted");
    MicroModel.train(uninterrupted, data, recipe, 1);
    Path run = folder.resolve("run");
    int killed = RunChecks.kill(MicroModel.class, 20, 7, run.toString(), data.toString(), recipe);
    assertThat(killed).isEqualTo(20);
    MicroModel.train(run, data, recipe, 1);
    RunChecks.assertSame(run, uninterrupted);
  }

  @Test
  void aRunInEightBitsGoesOnBitForBit() throws Exception {
    String recipe =
        MicroModel.RECIPE.replace(
            "\"length\": 16,", "\"length\": 16, \"fp8_activations\": true, \"fp8_weights\": true,");
    Path uninterrupted = folder.resolve("uninterrupted");
    MicroModel.train(uninterrupted, data, recipe, 1);
    Path run = folder.resolve("run");
    RunChecks.kill(MicroModel.class, 1, 5, run.toString(), data.toString(), recipe);
    MicroModel.train(run, data, recipe, 2);
    RunChecks.assertSame(run, uninterrupted);
  }

  @Test
  void aRunThatWasRemovedEndsWithOneSentence() throws IOException {
    Path path = folder.resolve("run");
    try (Workers workers = Workers.serial();
        Pretrainer trainer =
            Pretrainer.start(
                new RunDirectory(path),
                InitialModel.fresh(MicroModel.json(MicroModel.CONFIG)),
                MicroModel.json(MicroModel.RECIPE),
                data,
                MicroModel.kernels(workers))) {
      AtomicFiles.delete(path);
      Files.createDirectories(path);
      assertThatThrownBy(() -> trainer.train((step, steps, line) -> {}))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("removed");
    }
  }

  @Test
  void checkpointsThatWereRemovedAreWrittenAgain() throws IOException {
    Path path = folder.resolve("run");
    try (Workers workers = Workers.serial();
        Pretrainer trainer =
            Pretrainer.start(
                new RunDirectory(path),
                InitialModel.fresh(MicroModel.json(MicroModel.CONFIG)),
                MicroModel.json(MicroModel.RECIPE),
                data,
                MicroModel.kernels(workers))) {
      AtomicFiles.delete(path.resolve("checkpoints"));
      trainer.train((step, steps, line) -> {});
    }
    assertSame(path);
  }

  @Test
  void aStateWithoutItsCountersIsRefused() throws IOException {
    Path run = folder.resolve("run");
    MicroModel.train(run, data, MicroModel.RECIPE, 1);
    Files.writeString(run.resolve("checkpoints/step-00000012/training/state.json"), "{}");
    assertThatThrownBy(() -> MicroModel.train(run, data, MicroModel.RECIPE, 1))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("state.json")
        .hasMessageContaining("step");
  }

  @Test
  void aLossThatIsNoNumberStopsTheRunAndLeavesTheCheckpoint() throws IOException {
    Path run = folder.resolve("run");
    String recipe = MicroModel.RECIPE.replace("\"learning_rate\": 0.01", "\"learning_rate\": 1e38");
    assertThatThrownBy(() -> MicroModel.train(run, data, recipe, 1))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("expected a finite")
        .hasMessageContaining("step-00000000");
    Checkpoint.open(run.resolve("checkpoints/last")).close();
  }

  @Test
  void aFullDiskStopsTheRunWithOneSentence() throws IOException {
    Path full = Path.of("/dev/full");
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.exists(full), "skipped: this system has no /dev/full");
    Path run = Files.createDirectories(folder.resolve("run"));
    Files.createSymbolicLink(run.resolve("metrics.jsonl"), full);
    assertThatThrownBy(() -> MicroModel.train(run, data, MicroModel.RECIPE, 1))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("metrics.jsonl");
    Checkpoint.open(run.resolve("checkpoints/last")).close();
  }

  @Test
  void refusesToStartOverARun() {
    assertThatThrownBy(
            () ->
                Pretrainer.start(
                    new RunDirectory(reference),
                    InitialModel.fresh(MicroModel.json(MicroModel.CONFIG)),
                    MicroModel.json("{}"),
                    data,
                    MicroModel.kernels(Workers.serial())))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected no run");
  }

  @Test
  void refusesSequencesLongerThanTheModelTakes() {
    assertThatThrownBy(
            () -> MicroModel.train(folder.resolve("run"), data, "{\"batch\": {\"length\": 65}}", 1))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("max_position_embeddings 64");
  }
}
