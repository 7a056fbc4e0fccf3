package fathom.training;

import fathom.evaluation.GeneratedSuite;
import fathom.evaluation.Split;
import fathom.evaluation.Suite;
import fathom.evaluation.SuiteReader;
import fathom.evaluation.Task;
import fathom.evaluation.TaskException;
import fathom.evaluation.TaskFamily;
import fathom.evaluation.families.TaskFamilies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Tasks to practise on, in an endless order that depends on nothing but the seed, and others to be
/// measured with.
///
/// | data | what |
/// |---|---|
/// | `generated` | generated problems of all reasoning families |
/// | `addition,equations` | generated problems of these families |
/// | anything else | what [SuiteReader] reads: `FILE.jsonl`, `gsm8k` … |
interface TaskSource {
  /// The name for all reasoning families.
  String GENERATED = "generated";

  /// The task at a place of the order.
  Task task(long index);

  /// At most so many tasks that never come in the order; none if nothing is held out.
  List<Task> heldOut(int count);

  /// The tasks of a name or file.
  ///
  /// @param reader for everything that is not generated
  /// @throws RecipeException if there are none
  static TaskSource of(String data, GrpoRecipe.TaskRecipe recipe, long seed, SuiteReader reader) {
    List<TaskFamily> families = families(data);
    if (!families.isEmpty()) {
      return new Generated(families, recipe, seed);
    }
    try {
      return new Listed(reader.read(data), recipe.heldOut(), seed);
    } catch (TaskException e) {
      throw new RecipeException(
          "data", "expected tasks", "'%s': %s".formatted(data, e.getMessage()));
    }
  }

  private static List<TaskFamily> families(String data) {
    if (data.equals(GENERATED)) {
      return TaskFamilies.reasoning();
    }
    List<String> names = TaskFamilies.all().stream().map(TaskFamily::name).toList();
    List<String> wanted = Arrays.stream(data.split(",", -1)).map(String::strip).toList();
    return names.containsAll(wanted)
        ? wanted.stream().map(TaskFamilies::named).toList()
        : List.of();
  }

  /// Generated problems: operands and phrasings of those held out never come in the order.
  final class Generated implements TaskSource {
    private final GeneratedSuite practice;
    private final GeneratedSuite test;

    private Generated(List<TaskFamily> families, GrpoRecipe.TaskRecipe recipe, long seed) {
      int easiest = recipe.easiest();
      int hardest = recipe.hardest();
      practice = new GeneratedSuite(families, Split.TRAIN, easiest, hardest, seed);
      test = new GeneratedSuite(families, Split.HELD_OUT, easiest, hardest, seed);
    }

    @Override
    public Task task(long index) {
      return practice.problem(index).task();
    }

    @Override
    public List<Task> heldOut(int count) {
      return count == 0 ? List.of() : test.suite("held-out", count).tasks();
    }
  }

  /// The tasks of a suite, shuffled anew each time all have come.
  final class Listed implements TaskSource {
    private final List<Task> practice = new ArrayList<>();
    private final List<Task> test = new ArrayList<>();
    private final long seed;

    private Listed(Suite suite, double heldOut, long seed) {
      this.seed = seed;
      int count = suite.tasks().size();
      int held = heldOut == 0 || count < 2 ? 0 : Math.clamp((long) (heldOut * count), 1, count - 1);
      Permutation order = new Permutation(count, Permutation.mix(~seed));
      for (int i = 0; i < count; i++) {
        (i < held ? test : practice).add(suite.tasks().get((int) order.at(i)));
      }
    }

    @Override
    public Task task(long index) {
      long epoch = Permutation.mix(seed + index / practice.size());
      long at = new Permutation(practice.size(), epoch).at(index % practice.size());
      return practice.get((int) at);
    }

    @Override
    public List<Task> heldOut(int count) {
      return List.copyOf(test.subList(0, Math.min(count, test.size())));
    }
  }
}
