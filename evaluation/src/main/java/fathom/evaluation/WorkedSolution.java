package fathom.evaluation;

/// How a problem is solved, step by step: what a cold-start model is taught to write.
///
/// @param reasoning the inside of the thinking block, one step a line, ASCII only
/// @param answer the short sentence after it, for example "The answer is 7413."
public record WorkedSolution(String reasoning, String answer) {
  /// The whole completion in R1's form.
  public String text() {
    return "<think>\n" + reasoning + "\n</think>\n\n" + answer;
  }
}
