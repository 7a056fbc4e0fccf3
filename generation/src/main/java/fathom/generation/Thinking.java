package fathom.generation;

import fathom.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.OptionalInt;

/// Follows an answer in and out of `<think>` … `</think>`, counts its tokens of thought, and closes
/// the thought when its budget is used up.
///
/// Where both marks are tokens of the vocabulary, ids are compared. Some R1 checkpoints come with a
/// tokenizer that writes them in pieces; then their text is looked for in the tokens' bytes.
final class Thinking {
  private final Marks marks;
  private final int budget;
  private boolean inside;
  private int tokens;
  private int forcedNext = -1;
  private int openMatched;
  private int closeMatched;

  /// The two marks in one vocabulary.
  static final class Marks {
    private static final String OPEN = "<think>";
    private static final String CLOSE = "</think>";

    private final Tokenizer tokenizer;
    private final int[] open;
    private final int[] close;
    private final byte[] openBytes = OPEN.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    private final byte[] closeBytes = CLOSE.getBytes(java.nio.charset.StandardCharsets.UTF_8);

    Marks(Tokenizer tokenizer) {
      this.tokenizer = tokenizer;
      this.open = ids(tokenizer, OPEN);
      this.close = ids(tokenizer, CLOSE);
    }

    private static int[] ids(Tokenizer tokenizer, String mark) {
      OptionalInt id = tokenizer.id(mark);
      return id.isPresent() ? new int[] {id.getAsInt()} : tokenizer.encode(mark);
    }

    private boolean single() {
      return open.length == 1 && close.length == 1;
    }
  }

  /// At the end of a prompt; `budget` is the most tokens of thought, `Integer.MAX_VALUE` for any.
  Thinking(Marks marks, int[] prompt, int length, int budget) {
    this.marks = marks;
    this.budget = budget;
    for (int i = 0; i < length; i++) {
      follow(prompt[i]);
    }
    tokens = 0;
  }

  /// Whether the next token belongs to a thought.
  boolean inside() {
    return inside;
  }

  /// Tokens of thought in the answer, the marks included.
  int tokens() {
    return tokens;
  }

  /// The token that must come next to close the thought; -1 if any may.
  int forced() {
    if (forcedNext >= 0) {
      return marks.close[forcedNext];
    }
    return inside && tokens >= budget ? marks.close[0] : -1;
  }

  /// Goes on by a token of the answer.
  void accept(int id) {
    int forced = forced();
    boolean was = inside;
    follow(id);
    if (was || inside) {
      tokens++;
    }
    if (forced == id) {
      int next = Math.max(forcedNext, 0) + 1;
      forcedNext = next < marks.close.length && inside ? next : -1;
    }
  }

  private void follow(int id) {
    if (marks.single()) {
      inside = id == marks.open[0] || (inside && id != marks.close[0]);
      return;
    }
    for (byte b : marks.tokenizer.bytes(id)) {
      openMatched = advance(marks.openBytes, openMatched, b);
      closeMatched = advance(marks.closeBytes, closeMatched, b);
      if (openMatched == marks.openBytes.length) {
        inside = true;
        openMatched = 0;
      }
      if (closeMatched == marks.closeBytes.length) {
        inside = false;
        closeMatched = 0;
      }
    }
  }

  /// Both marks begin with the only `<` that they contain, so a mismatch restarts there or not.
  private static int advance(byte[] mark, int matched, byte b) {
    if (mark[matched] == b) {
      return matched + 1;
    }
    return mark[0] == b ? 1 : 0;
  }

  @Override
  public String toString() {
    return "Thinking[inside=%s, tokens=%d, close=%s]"
        .formatted(inside, tokens, Arrays.toString(marks.close));
  }
}
