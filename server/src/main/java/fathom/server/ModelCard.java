package fathom.server;

/// What clients may know of the served model.
///
/// @param id its name in the APIs
/// @param created epoch seconds
/// @param contextTokens longest prompt and answer together
/// @param thinking whether it reasons before it answers
/// @param keepsReasoning whether its template takes `reasoning_content` of earlier turns (V3.2 and
///   later); otherwise sending it is an error, as in the R1 era
/// @param fillsInMiddle whether its vocabulary has the fill-in-the-middle tokens
public record ModelCard(
    String id,
    long created,
    int contextTokens,
    Thinking thinking,
    boolean keepsReasoning,
    boolean fillsInMiddle) {
  /// Whether a model reasons before it answers.
  public enum Thinking {
    /// It never does.
    NEVER,
    /// The request chooses.
    SWITCHABLE,
    /// It always does.
    ALWAYS
  }
}
