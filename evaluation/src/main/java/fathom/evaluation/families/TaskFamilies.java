package fathom.evaluation.families;

import fathom.evaluation.TaskException;
import fathom.evaluation.TaskFamily;
import java.util.ArrayList;
import java.util.List;

/// All generated families.
public final class TaskFamilies {
  private TaskFamilies() {}

  /// The families whose answers are computed: what a reasoning model is scored on.
  public static List<TaskFamily> reasoning() {
    List<TaskFamily> families = new ArrayList<>(ArithmeticFamilies.all());
    families.addAll(OrderFamilies.all());
    families.addAll(AlgebraFamilies.all());
    families.addAll(MeasureFamilies.all());
    families.add(CountdownFamily.create());
    families.add(WordProblemFamily.create());
    families.addAll(ProgramFamilies.all());
    return List.copyOf(families);
  }

  /// Greetings, questions about the model, and honest refusals.
  public static TaskFamily smallTalk() {
    return SmallTalkFamily.create();
  }

  /// Every family, small talk last.
  public static List<TaskFamily> all() {
    List<TaskFamily> families = new ArrayList<>(reasoning());
    families.add(smallTalk());
    return List.copyOf(families);
  }

  /// The family of a name.
  ///
  /// @throws TaskException if there is none
  public static TaskFamily named(String name) {
    return all().stream()
        .filter(family -> family.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new TaskException(
                    "no task family '%s'; there are %s"
                        .formatted(name, all().stream().map(TaskFamily::name).toList())));
  }
}
