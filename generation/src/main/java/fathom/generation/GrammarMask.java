package fathom.generation;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Follows one answer through a grammar and excludes the tokens that can't go on. When few tokens
/// are left, it also excludes those after which the text could not be completed in time, so that an
/// answer that meets `max_tokens` is whole nevertheless, unless it could not be from the start.
final class GrammarMask implements TokenMask {
  private final CompiledGrammar grammar;
  private GrammarStates.@Nullable State state; // null at the start: the engine's thread makes it

  GrammarMask(CompiledGrammar grammar) {
    this.grammar = grammar;
  }

  private GrammarStates.State state() {
    GrammarStates.State current = grammar.current(state);
    state = current;
    return current;
  }

  @Override
  public void apply(float[] logits, int tokensLeft) {
    GrammarStates.State now = state();
    long[] allowed = grammar.tokens(now);
    // A token is at least a byte, and every byte is a token.
    int bytesAfter = tokensLeft - 1;
    if (now.farthest() > bytesAfter && now.distance() <= tokensLeft) {
      allowed = grammar.tokensWithin(now, bytesAfter);
    }
    for (int word = 0; word < allowed.length; word++) {
      exclude(logits, 64 * word, allowed[word]);
    }
  }

  private static void exclude(float[] logits, int first, long allowed) {
    int last = Math.min(first + 64, logits.length);
    if (allowed == 0) {
      Arrays.fill(logits, first, last, Float.NEGATIVE_INFINITY);
      return;
    }
    if (allowed != -1L) {
      for (int id = first; id < last; id++) {
        if ((allowed >>> (id - first) & 1) == 0) {
          logits[id] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }

  @Override
  public void accept(int id) {
    state = grammar.after(state(), id);
  }

  @Override
  public boolean complete() {
    return state().complete();
  }

  @Override
  public boolean exhausted() {
    return state().exhausted();
  }
}
