package fathom.training;

import fathom.evaluation.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// Tasks that are never trained on, answered greedily again and again.
final class HeldOutTasks {
  private final List<Task> tasks;
  private final RolloutEngine engine;
  private List<Rollout> latest = List.of();

  HeldOutTasks(List<Task> tasks, RolloutEngine engine) {
    this.tasks = tasks;
    this.engine = engine;
  }

  /// Answers all tasks and adds to a line how many are right: strictly, leniently, by family.
  ///
  /// @return the strict accuracy; empty if there are no tasks
  OptionalDouble measure(ObjectNode line) {
    if (tasks.isEmpty()) {
      return OptionalDouble.empty();
    }
    latest = engine.greedy(tasks);
    RolloutGroups.Tally strict = new RolloutGroups.Tally();
    RolloutGroups.Tally lenient = new RolloutGroups.Tally();
    RolloutGroups.Tally length = new RolloutGroups.Tally();
    Map<String, RolloutGroups.Tally> families = new TreeMap<>();
    for (Rollout answer : latest) {
      double right = answer.score().strict() ? 1 : 0;
      strict.add(right);
      lenient.add(answer.score().lenient() ? 1 : 0);
      length.add(answer.length());
      families.computeIfAbsent(answer.task().family(), f -> new RolloutGroups.Tally()).add(right);
    }
    line.put("val_accuracy", strict.mean());
    line.put("val_accuracy_lenient", lenient.mean());
    line.put("val_length", length.mean());
    ObjectNode byFamily = line.putObject("val_accuracy_by_family");
    families.forEach((family, tally) -> byFamily.put(family, tally.mean()));
    return OptionalDouble.of(strict.mean());
  }

  /// The first answers since this was last asked: the same questions each time.
  List<ObjectNode> samples(int count) {
    List<ObjectNode> samples = new ArrayList<>();
    for (Rollout answer : latest.subList(0, Math.min(count, latest.size()))) {
      ObjectNode sample = MetricsLine.node();
      sample.put("step", 0);
      sample.put("question", answer.task().question());
      sample.put("expected", answer.task().answer());
      sample.put("family", answer.task().family());
      sample.put("text", answer.text());
      sample.put("right", answer.score().strict());
      samples.add(sample);
    }
    latest = List.of();
    return samples;
  }
}
