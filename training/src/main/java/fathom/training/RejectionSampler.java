package fathom.training;

import fathom.evaluation.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// Collects what a teacher says that is right (R1's third stage, and the data of its distillation):
/// several answers to each task, of which those are kept that the task's checker finds right in the
/// asked form; of equal ones one, and of long ones none that was cut off.
///
/// The answers become a file of conversations for [SupervisedFineTuner]. Whoever was killed on the
/// way goes on after the last complete round of tasks and comes to the same file.
public final class RejectionSampler {
  private final RejectionRecipe recipe;
  private final TaskSource tasks;
  private final RolloutEngine teacher;

  /// How far a collection has come.
  ///
  /// @param tasks tasks that were put
  /// @param answers answers that were given
  /// @param right those that were right
  /// @param kept those that were kept
  public record Progress(int tasks, int answers, int right, int kept) {
    private static Progress of(ObjectNode node) {
      return new Progress(
          node.path("tasks").asInt(0),
          node.path("answers").asInt(0),
          node.path("right").asInt(0),
          node.path("kept").asInt(0));
    }
  }

  /// Hears of the progress.
  @FunctionalInterface
  public interface Listener {
    /// A round of tasks is done.
    ///
    /// @return whether to go on
    boolean sampled(Progress progress);
  }

  RejectionSampler(RejectionRecipe recipe, TaskSource tasks, RolloutEngine teacher) {
    this.recipe = recipe;
    this.tasks = tasks;
    this.teacher = teacher;
  }

  /// Collects into a file, going on where it was left.
  ///
  /// @param file the conversations; beside it, `FILE.progress` says how far it is
  /// @return whether the collection is complete
  boolean collect(Path file, Listener listener) {
    ObjectNode known = known(file);
    Progress progress = Progress.of(known);
    try (JsonLog log = new JsonLog(file, known.path("bytes").asLong(0))) {
      boolean goesOn = true;
      while (goesOn && progress.tasks() < recipe.count()) {
        progress = round(progress, log);
        log.force();
        ObjectNode node = RecipeJson.toJson(progress);
        AtomicFiles.write(mark(file), RunDirectory.pretty(node.put("bytes", log.size())));
        goesOn = listener.sampled(progress);
      }
      return progress.tasks() >= recipe.count();
    }
  }

  /// How far the collection of a file has come.
  static Progress progress(Path file) {
    return Progress.of(known(file));
  }

  private static Path mark(Path file) {
    return file.resolveSibling(file.getFileName() + ".progress");
  }

  private static ObjectNode known(Path file) {
    return Files.exists(mark(file)) ? RecipeJson.read(mark(file)) : MetricsLine.node();
  }

  private Progress round(Progress before, JsonLog log) {
    int count = Math.min(recipe.rollout().prompts(), recipe.count() - before.tasks());
    List<Task> some = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      some.add(tasks.task(before.tasks() + i));
    }
    long seed = Permutation.mix(recipe.seed() ^ Permutation.mix(~before.tasks()));
    int answers = 0;
    int right = 0;
    int kept = 0;
    for (List<Rollout> group : teacher.sample(some, seed)) {
      List<Rollout> good = group.stream().filter(this::right).toList();
      answers += group.size();
      right += good.size();
      kept += keep(good, log);
    }
    return new Progress(
        before.tasks() + count,
        before.answers() + answers,
        before.right() + right,
        before.kept() + kept);
  }

  private boolean right(Rollout answer) {
    boolean right = recipe.lenient() ? answer.score().lenient() : answer.score().strict();
    return right && !answer.truncated();
  }

  private int keep(List<Rollout> good, JsonLog log) {
    Set<String> texts = new HashSet<>();
    for (Rollout answer : good) {
      if (texts.size() < recipe.keep() && texts.add(answer.text())) {
        ObjectNode line = MetricsLine.node();
        line.put("question", answer.task().question());
        line.put("reasoning", answer.response().reasoning());
        line.put("answer", answer.response().content());
        line.put("family", answer.task().family());
        log.append(line);
      }
    }
    return texts.size();
  }
}
