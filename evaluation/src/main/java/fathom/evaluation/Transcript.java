package fathom.evaluation;

/// One answer to one task, with its verdict: a line of `transcripts.jsonl`.
///
/// @param task the task's id
/// @param sample which of the samples, from 0
/// @param family the task's family
/// @param question what was asked
/// @param expected the expected answer
/// @param response what the model said
/// @param score the verdict
public record Transcript(
    String task,
    int sample,
    String family,
    String question,
    String expected,
    Response response,
    Score score) {
  /// The pair that is done.
  String key() {
    return task + "#" + sample;
  }
}
