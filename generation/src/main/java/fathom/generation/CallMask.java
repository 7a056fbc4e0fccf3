package fathom.generation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Leaves an answer free until it begins to call tools, and from then on holds it to the grammar of
/// the calls.
final class CallMask implements TokenMask {
  private final List<Beginning> beginnings;
  private @Nullable TokenMask calls;

  /// A beginning in one vocabulary.
  ///
  /// @param token the marker's id
  private record Beginning(int token, TokenMask rest) {}

  private CallMask(List<Beginning> beginnings) {
    this.beginnings = beginnings;
  }

  /// A mask for one answer; beginnings whose marker is no token of the vocabulary can't be written
  /// as one and are left out.
  static CallMask of(List<CallBeginning> beginnings, GrammarShelf grammars) {
    List<Beginning> known = new ArrayList<>();
    for (CallBeginning beginning : beginnings) {
      grammars
          .token(beginning.marker())
          .ifPresent(
              id -> known.add(new Beginning(id, new GrammarMask(grammars.get(beginning.rest())))));
    }
    return new CallMask(known);
  }

  @Override
  public void apply(float[] logits, int tokensLeft) {
    if (calls != null) {
      calls.apply(logits, tokensLeft);
    }
  }

  @Override
  public void accept(int id) {
    if (calls != null) {
      calls.accept(id);
      return;
    }
    for (Beginning beginning : beginnings) {
      if (beginning.token() == id) {
        calls = beginning.rest();
      }
    }
  }

  @Override
  public boolean complete() {
    return calls == null || calls.complete();
  }

  @Override
  public boolean exhausted() {
    return calls != null && calls.exhausted();
  }

  @Override
  public boolean obliges() {
    return false;
  }
}
