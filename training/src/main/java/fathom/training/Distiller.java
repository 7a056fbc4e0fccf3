package fathom.training;

import fathom.checkpoint.Checkpoint;
import fathom.evaluation.SuiteReader;
import fathom.model.DecoderModel;
import fathom.model.ModelOptions;
import fathom.tensor.Kernels;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/// Teaches a student what a teacher can, as DeepSeek made its R1 distills: the teacher answers
/// tasks, a [RejectionSampler] keeps what is right, and a [SupervisedFineTuner] teaches that to the
/// student, which may have any shape and tokenizer.
///
/// The answers lie in the student's run directory, as `data/answers.jsonl`, and what was asked for
/// in `distill.json`.
public final class Distiller {
  private static final String PLAN = "distill.json";

  private final RunDirectory run;
  private final Plan plan;
  private final RejectionRecipe recipe;

  /// What is distilled into what.
  ///
  /// @param student the model to begin with
  /// @param teacher the model that answers
  /// @param data the tasks, as for [GrpoTrainer]
  /// @param rejection the keys of a [RejectionRecipe] that differ from the defaults
  /// @param tuning those of a [FineTuningRecipe]
  public record Plan(
      Path student, Path teacher, String data, ObjectNode rejection, ObjectNode tuning) {
    private ObjectNode toJson() {
      ObjectNode node = MetricsLine.node();
      node.put("student", student.toAbsolutePath().toString());
      node.put("teacher", teacher.toAbsolutePath().toString());
      node.put("data", data);
      node.set("rejection", rejection);
      node.set("tuning", tuning);
      return node;
    }

    private static Plan of(ObjectNode node) {
      return new Plan(
          Path.of(node.path("student").asString()),
          Path.of(node.path("teacher").asString()),
          node.path("data").asString(),
          node.withObject("/rejection"),
          node.withObject("/tuning"));
    }
  }

  private Distiller(RunDirectory run, Plan plan) {
    this.run = run;
    this.plan = plan;
    recipe = RejectionRecipe.of(plan.rejection(), "options");
  }

  /// A new distillation.
  ///
  /// @throws RecipeException if one is under way in the directory, or a recipe makes no sense
  public static Distiller start(RunDirectory run, Plan plan) {
    Path file = run.path().resolve(PLAN);
    if (Files.exists(file)) {
      throw new RecipeException(
          run.path().toString(),
          "expected no run there (resume it, or choose another place)",
          "one");
    }
    FineTuningRecipe.of(plan.tuning(), "recipe");
    Distiller distiller = new Distiller(run, plan);
    AtomicFiles.write(file, RunDirectory.pretty(plan.toJson()));
    return distiller;
  }

  /// The distillation that is under way in a directory.
  ///
  /// @throws RecipeException if there is none
  public static Distiller resume(RunDirectory run) {
    Path file = run.path().resolve(PLAN);
    if (!Files.exists(file)) {
      throw new RecipeException(run.path().toString(), "expected a distillation", "none");
    }
    return new Distiller(run, Plan.of(RecipeJson.read(file)));
  }

  /// The student's run.
  public RunDirectory run() {
    return run;
  }

  /// What is distilled into what.
  public Plan plan() {
    return plan;
  }

  /// Where the teacher's answers are collected.
  public Path answers() {
    return run.data().resolve("answers.jsonl");
  }

  /// How the answers are collected.
  public RejectionRecipe recipe() {
    return recipe;
  }

  /// Has the teacher answer, from where that was left.
  ///
  /// @param tokenizer the teacher's
  /// @param suites reads tasks that are not generated
  /// @return whether all tasks have been put
  /// @throws RecipeException if there are no such tasks, they can't be put to the teacher, or it
  ///   can't answer any
  public boolean collect(
      Tokenizer tokenizer,
      SuiteReader suites,
      Kernels kernels,
      RejectionSampler.Listener listener) {
    RejectionSampler.Progress known = RejectionSampler.progress(answers());
    if (known.tasks() >= recipe.count() && known.kept() > 0) {
      return true;
    }
    TaskSource tasks = TaskSource.of(plan.data(), recipe.tasks(), recipe.seed(), suites);
    try (Checkpoint checkpoint = Checkpoint.open(plan.teacher());
        RolloutEngine engine =
            new RolloutEngine(
                DecoderModel.load(checkpoint, kernels, ModelOptions.defaults()),
                tokenizer,
                recipe.tasks().prompt(),
                recipe.rollout())) {
      Files.createDirectories(run.data());
      boolean complete = new RejectionSampler(recipe, tasks, engine).collect(answers(), listener);
      requireAnswers(complete);
      return complete;
    } catch (IOException e) {
      throw new TrainingException("cannot write " + run.data(), e);
    }
  }

  private void requireAnswers(boolean complete) {
    RejectionSampler.Progress progress = RejectionSampler.progress(answers());
    if (complete && progress.kept() == 0) {
      throw new RecipeException(
          plan.teacher().toString(),
          "expected a teacher that can answer",
          "none right of %d answers".formatted(progress.answers()));
    }
  }
}
