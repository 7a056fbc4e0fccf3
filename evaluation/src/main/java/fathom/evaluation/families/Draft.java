package fathom.evaluation.families;

import fathom.evaluation.Checker;
import java.util.Map;

/// A problem before its wording is chosen.
///
/// @param operands the text whose hash decides the split; commutative operands are put in order
/// @param phrasings the wordings to choose from
/// @param slots what stands in the wordings' slots
/// @param answer what the checker compares with
/// @param reasoning the worked steps
/// @param sentence the short answer after the reasoning
/// @param checker how answers are compared
record Draft(
    String operands,
    Phrasings phrasings,
    Map<String, ?> slots,
    String answer,
    String reasoning,
    String sentence,
    Checker checker) {

  /// A draft whose sentence is "The answer is …".
  static Draft of(
      String operands,
      Phrasings phrasings,
      Map<String, ?> slots,
      Object answer,
      String reasoning,
      Checker checker) {
    String text = String.valueOf(answer);
    return new Draft(
        operands, phrasings, slots, text, reasoning, "The answer is " + text + ".", checker);
  }
}
