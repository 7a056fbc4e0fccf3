package fathom.evaluation.families;

import fathom.evaluation.Problem;
import fathom.evaluation.Split;
import fathom.evaluation.Task;
import fathom.evaluation.TaskException;
import fathom.evaluation.TaskFamily;
import fathom.evaluation.WorkedSolution;
import java.util.random.RandomGenerator;

/// A family that draws drafts until one lies on the wanted side of the fence, then words it.
final class DraftedFamily implements TaskFamily {
  private static final int MOST_DRAWS = 10_000;

  private final String name;
  private final Drafting drafting;

  /// Draws a draft of a difficulty.
  @FunctionalInterface
  interface Drafting {
    Draft draft(int difficulty, RandomGenerator random);
  }

  DraftedFamily(String name, Drafting drafting) {
    this.name = name;
    this.drafting = drafting;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Problem generate(Split split, int difficulty, RandomGenerator random) {
    if (difficulty < Task.EASIEST || difficulty > Task.HARDEST) {
      throw new TaskException(
          "%s: expected a difficulty from 1 to 5, found %d".formatted(name, difficulty));
    }
    for (int draw = 0; draw < MOST_DRAWS; draw++) {
      Draft draft = drafting.draft(difficulty, random);
      String operands = name + ":" + draft.operands();
      if (Split.of(operands) == split) {
        return problem(
            draft, operands, difficulty, draft.phrasings().draw(split, draft.slots(), random));
      }
    }
    throw new TaskException(
        "%s: no operands on the side %s within %d draws".formatted(name, split, MOST_DRAWS));
  }

  private Problem problem(Draft draft, String operands, int difficulty, String question) {
    Task task =
        new Task(
            operands, question, draft.answer(), draft.checker(), name, difficulty, "generated");
    return new Problem(task, new WorkedSolution(draft.reasoning(), draft.sentence()), operands);
  }
}
