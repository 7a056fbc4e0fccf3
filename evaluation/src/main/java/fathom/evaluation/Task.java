package fathom.evaluation;

/// One question with the means to check an answer to it.
///
/// @param id unique within its suite and stable between runs
/// @param question what the model is asked
/// @param answer the expected answer, or what the checker needs in its place (a test program)
/// @param checker decides whether a response is right
/// @param family the kind of task, a row in the result's table
/// @param difficulty 1 (easy) to 5 (hard)
/// @param source where the task comes from, for example `generated` or `gsm8k`
public record Task(
    String id,
    String question,
    String answer,
    Checker checker,
    String family,
    int difficulty,
    String source) {

  /// Easiest and hardest level.
  public static final int EASIEST = 1;

  /// The hardest level.
  public static final int HARDEST = 5;

  /// Checks the difficulty.
  ///
  /// @throws TaskException if the difficulty is not between 1 and 5
  public Task {
    if (difficulty < EASIEST || difficulty > HARDEST) {
      throw new TaskException(
          "task %s: expected a difficulty from 1 to 5, found %d".formatted(id, difficulty));
    }
  }

  /// Scores a response to this task.
  public Score score(Response response) {
    return checker.score(answer, response);
  }
}
