package fathom.evaluation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/// An endless, random-access row of generated problems: problem `i` depends only on the seed and on
/// `i`, so that a run can stop and go on anywhere. Families take turns; the difficulty is drawn
/// uniformly from the given range.
public final class GeneratedSuite {
  private static final long STREAM = 0x9e3779b97f4a7c15L;

  private final List<TaskFamily> families;
  private final Split split;
  private final int easiest;
  private final int hardest;
  private final long seed;

  /// Creates the row.
  ///
  /// @throws TaskException if there is no family or the range is empty or outside 1 to 5
  public GeneratedSuite(
      List<? extends TaskFamily> families, Split split, int easiest, int hardest, long seed) {
    if (families.isEmpty()) {
      throw new TaskException("generated suite: expected at least one family, found none");
    }
    if (easiest < Task.EASIEST || hardest > Task.HARDEST || easiest > hardest) {
      throw new TaskException(
          "generated suite: expected difficulties within 1 to 5, found %d to %d"
              .formatted(easiest, hardest));
    }
    this.families = List.copyOf(families);
    this.split = split;
    this.easiest = easiest;
    this.hardest = hardest;
    this.seed = seed;
  }

  /// Problem `index` of the row, always the same one.
  public Problem problem(long index) {
    SplittableRandom random = new SplittableRandom(seed * STREAM + index);
    TaskFamily family = families.get((int) Math.floorMod(index, (long) families.size()));
    return family.generate(split, random.nextInt(easiest, hardest + 1), random);
  }

  /// The first `count` different questions as a suite.
  ///
  /// Small families repeat themselves; after too many repetitions in a row a repeated question is
  /// taken, with its own id, rather than searching for ever.
  public Suite suite(String name, int count) {
    List<Task> tasks = new ArrayList<>(count);
    Set<String> seen = new HashSet<>();
    int repetitions = 0;
    for (long index = 0; tasks.size() < count; index++) {
      Task task = problem(index).task();
      if (seen.add(task.question()) || ++repetitions > 20L * count) {
        tasks.add(
            new Task(
                "%s-%d".formatted(task.family(), index),
                task.question(),
                task.answer(),
                task.checker(),
                task.family(),
                task.difficulty(),
                task.source()));
      }
    }
    return new Suite(name, tasks);
  }
}
