package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import fathom.checkpoint.Checkpoint;
import fathom.evaluation.SuiteReader;
import fathom.evaluation.TaskException;
import fathom.model.TokenScores;
import fathom.model.TrainingBatch;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import fathom.tensor.WorkerPool;
import fathom.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class GrpoTrainerTest {
  /// All that the objective has: a reference that is refreshed, several updates, several passes.
  static final String RECIPE =
      """
      {"steps": 4, "rollout": {"prompts": 3, "group_size": 4, "max_tokens": 16, "prompt_tokens": 32},
       "tasks": {"rewards": "digits=1"},
       "objective": {"beta": 0.05, "reference_every": 2, "epochs": 2, "updates": 2,
                     "micro_tokens": 64},
       "schedule": {"learning_rate": 0.001, "warmup_steps": 0},
       "keeping": {"checkpoint_every": 2, "validate_every": 2, "validation_tasks": 2, "samples": 1}}
      """;

  @TempDir static Path shared;
  private static Path tasks;
  private static Path reference;

  @TempDir Path folder;

  @BeforeAll
  static void trainOnceWithoutInterruption() throws IOException {
    tasks = tasks(shared);
    reference = shared.resolve("reference");
    train(reference, tasks, RECIPE, 1);
  }

  private static Path tasks(Path folder) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      lines.append(
          "{\"question\": \"Add %d and %d.\", \"answer\": \"%d\"}%n".formatted(9 * i, i, 10 * i));
    }
    return Files.writeString(folder.resolve("tasks.jsonl"), lines);
  }

  /// The share of digits in what was written: something that a model learns soon.
  private record Digits() implements RewardFunction {
    @Override
    public String name() {
      return "digits";
    }

    @Override
    public double reward(Rollout rollout) {
      String text = rollout.text();
      long digits = text.chars().filter(Character::isDigit).count();
      return text.isEmpty() ? 0 : (double) digits / text.length();
    }
  }

  private static GrpoTrainer open(RunDirectory run, String data, String recipe, Workers workers) {
    SuiteReader suites =
        new SuiteReader(
            Path.of("none"),
            () -> {
              throw new TaskException("no sandbox here");
            });
    GrpoTrainer.Rules rules =
        new GrpoTrainer.Rules(suites, List.of(new Digits(), new AccuracyReward(true)));
    Kernels kernels = MicroModel.kernels(workers);
    StartingPoint from = new StartingPoint(TinyChat.ADDER, TinyChat.tokenizer());
    return run.exists()
        ? GrpoTrainer.resume(run, rules, kernels)
        : GrpoTrainer.start(run, from, data, MicroModel.json(recipe), rules, kernels);
  }

  private static void train(Path run, Path data, String recipe, int threads) {
    try (Workers workers = new WorkerPool(threads);
        GrpoTrainer trainer = open(new RunDirectory(run), data.toString(), recipe, workers)) {
      trainer.train((step, steps, line) -> {});
    }
  }

  /// For tests that kill: `RUN DATA`.
  public static void main(String[] arguments) {
    train(Path.of(arguments[0]), Path.of(arguments[1]), RECIPE, 1);
  }

  @Test
  void engineAndTrainerAgreeOnLogProbabilities() {
    Kernels kernels = MicroModel.kernels(Workers.serial());
    String settings =
        "{\"rollout\": {\"prompts\": 8, \"group_size\": 4, \"max_tokens\": 60, \"prompt_tokens\":"
            + " 64}}";
    GrpoRecipe recipe = GrpoRecipe.of(MicroModel.json(settings), "test");
    SuiteReader suites = new SuiteReader(Path.of("none"), () -> null);
    TaskSource source = TaskSource.of(tasks.toString(), recipe.tasks(), 1, suites);
    try (TrainedModel model = TrainedModel.copy(TinyChat.ADDER, kernels);
        TrainingPass pass = new TrainingPass(model.stack(), kernels, TrainingOptions.plain());
        RolloutEngine engine = RolloutEngine.over(model, TinyChat.tokenizer(), recipe, kernels)) {
      List<List<Rollout>> groups =
          engine.sample(LongStream.range(0, 8).mapToObj(source::task).toList(), 7);
      int compared = 0;
      for (Rollout answer : groups.stream().flatMap(List::stream).toList()) {
        TrainingBatch batch = PackedTexts.batch(List.of(answer.masked()));
        TokenScores scores = pass.score(batch);
        int first = batch.ids().length - answer.length();
        for (int i = 0; i < answer.length(); i++) {
          assertThat(answer.logProbs()[i]).isCloseTo(scores.logProb(first + i), within(1e-3f));
          compared++;
        }
      }
      assertThat(compared).isGreaterThan(500);
    }
  }

  @Test
  void theMetricsSayHowItGoes() throws IOException {
    List<ObjectNode> lines = RunChecks.metrics(reference);
    assertThat(lines).hasSize(5);
    assertThat(lines.getFirst().get("step").asInt()).isZero();
    assertThat(lines.getFirst().has("val_accuracy")).isTrue();
    ObjectNode last = lines.getLast();
    for (String key :
        List.of(
            "reward",
            "reward_digits",
            "reward_by_family",
            "zero_variance",
            "truncated",
            "length",
            "reasoning_length",
            "entropy",
            "kl",
            "clip_fraction",
            "logprob_gap",
            "grad_norm",
            "val_accuracy_lenient",
            "val_accuracy_by_family")) {
      assertThat(last.has(key)).as(key).isTrue();
    }
  }

  @Test
  void theSameQuestionsAreAskedThroughoutTheRun() throws IOException {
    List<ObjectNode> samples =
        Files.readAllLines(reference.resolve("samples.jsonl")).stream()
            .map(MicroModel::json)
            .toList();
    assertThat(samples).extracting(s -> s.get("step").asInt()).containsExactly(0, 2, 4);
    assertThat(samples)
        .extracting(s -> s.get("question").asString())
        .containsOnly(samples.getFirst().get("question").asString());
  }

  @Test
  void anotherNumberOfThreadsGivesTheSameRun() throws IOException {
    Path run = folder.resolve("run");
    train(run, tasks, RECIPE, 3);
    RunChecks.assertSame(run, reference);
  }

  @Test
  void aRunKilledAtAnyMomentGoesOnBitForBit() throws Exception {
    Path run = folder.resolve("run");
    RunChecks.kill(GrpoTrainerTest.class, 3, 20261122, run.toString(), tasks.toString());
    train(run, tasks, RECIPE, 1);
    RunChecks.assertSame(run, reference);
  }

  @Test
  void routersKeepTheirBiases() {
    String bias = "model.layers.1.mlp.gate.e_score_correction_bias";
    try (Checkpoint before = Checkpoint.open(TinyChat.ADDER);
        Checkpoint after = Checkpoint.open(reference.resolve("checkpoints/last"))) {
      assertThat(after.floats(bias).toArray(0)).isEqualTo(before.floats(bias).toArray(0));
    }
  }

  private double[] rewards(String recipe) throws IOException {
    Path run = folder.resolve("run" + recipe.hashCode());
    train(run, tasks, recipe, 1);
    return RunChecks.metrics(run).stream().mapToDouble(l -> l.path("reward").asDouble()).toArray();
  }

  private static final String TOY =
      """
      {"steps": 12, "rollout": {"prompts": 8, "group_size": 8, "max_tokens": 64, "prompt_tokens": 32,
       "temperature": 1.5},
       "tasks": {"rewards": "digits=1", "held_out": 0},
       "schedule": {"learning_rate": 0.001, "warmup_steps": 0},
       "objective": {"standardise": true},
       "keeping": {"checkpoint_every": 100, "validation_tasks": 0}}
      """;

  @Test
  void whatIsRewardedIsLearned() throws IOException {
    double[] rewards = rewards(TOY);
    assertThat(rewards[12]).isGreaterThan(rewards[1] + 0.2);
  }

  @Test
  void whatIsRewardedAtRandomIsNotLearned() throws IOException {
    String shuffled = TOY.replace("\"held_out\": 0", "\"held_out\": 0, \"shuffle_rewards\": true");
    double[] rewards = rewards(shuffled);
    assertThat(rewards[12]).isLessThan(rewards[1] + 0.1);
  }

  @Test
  void generatedFamiliesAndTheTemplateOfR1ZeroServeAsTasks() throws IOException {
    Path run = folder.resolve("run");
    String recipe =
        RECIPE
            .replace("\"steps\": 4", "\"steps\": 1")
            .replace("\"prompt_tokens\": 32", "\"prompt_tokens\": 450")
            .replace("\"rewards\"", "\"prompt\": \"r1_zero\", \"hardest\": 1, \"rewards\"");
    try (GrpoTrainer trainer =
        open(new RunDirectory(run), "addition, subtraction", recipe, Workers.serial())) {
      trainer.train((step, steps, line) -> {});
    }
    List<ObjectNode> lines = RunChecks.metrics(run);
    assertThat(lines.getLast().get("reward_by_family").propertyNames())
        .containsExactlyInAnyOrder("addition", "subtraction");
  }

  @Test
  void refusesPromptsThatAreTooLong() {
    String recipe = RECIPE.replace("\"prompt_tokens\": 32", "\"prompt_tokens\": 3");
    assertThatThrownBy(() -> train(folder.resolve("run"), tasks, recipe, 1))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected prompts of at most 3 tokens");
  }

  @Test
  void refusesDataThatAreNoTasks() {
    assertThatThrownBy(() -> train(folder.resolve("run"), Path.of("nonsense"), RECIPE, 1))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("nonsense");
  }
}
