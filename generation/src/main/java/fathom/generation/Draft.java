package fathom.generation;

/// How far a sequence takes part in drafting.
final class Draft {
  private boolean on;
  private int rows;
  private int token = -1;

  /// Whether the sequence drafts. Once it has stopped, its rows of the drafting layer have gaps,
  /// and it does not go on with the same blocks.
  boolean on() {
    return on;
  }

  /// Begins anew when a sequence gets its blocks: where the rows of all tokens found have rows of
  /// the drafting layer too.
  void restart(Sequence sequence, boolean wanted) {
    begin(sequence.computed(), wanted && sequence.cache().drafted());
  }

  /// Begins with `found` tokens that have their rows of the drafting layer.
  void begin(int found, boolean wanted) {
    on = wanted;
    rows = found;
    token = -1;
  }

  /// Stops.
  void stop() {
    on = false;
    token = -1;
  }

  /// Tokens whose rows of the drafting layer are there.
  int rows() {
    return rows;
  }

  void rows(int count) {
    rows = count;
  }

  /// The guess for the token after the last one; -1 if there is none.
  int token() {
    return token;
  }

  void token(int id) {
    token = id;
  }
}
