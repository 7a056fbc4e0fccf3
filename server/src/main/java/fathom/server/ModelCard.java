package fathom.server;

/// What clients may know of the served model.
///
/// @param id its name in the APIs
/// @param created epoch seconds
/// @param contextTokens longest prompt and answer together
/// @param thinking whether it reasons before it answers
/// @param earlierReasoning what becomes of `reasoning_content` of earlier answers
/// @param fillsInMiddle whether its vocabulary has the fill-in-the-middle tokens
public record ModelCard(
    String id,
    long created,
    int contextTokens,
    Thinking thinking,
    EarlierReasoning earlierReasoning,
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

  /// What a model's template makes of the reasoning of earlier answers.
  public enum EarlierReasoning {
    /// Nothing: sending it is an error, as in the R1 era.
    REFUSED,
    /// The model goes on with it through the rounds of tools after the last question, so it must
    /// come back there (V3.2).
    KEPT_IN_TURN,
    /// The model sees all of it in conversations with tools, so all of it must come back (V4).
    KEPT;

    boolean isRead() {
      return this != REFUSED;
    }
  }
}
