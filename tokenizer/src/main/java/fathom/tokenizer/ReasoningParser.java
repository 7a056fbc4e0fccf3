package fathom.tokenizer;

import java.util.ArrayList;
import java.util.List;

/// Divides a reply into thinking (`<think>` … `</think>`) and answer while it streams, however its
/// text is cut.
///
/// The opening tag may stand in the prompt (R1 since February 2025) or at the beginning of the
/// reply; later in the reply it is ordinary text. Line ends next to the tags belong to the tags.
public final class ReasoningParser {
  private static final String OPEN = "<think>";
  private static final String CLOSE = "</think>";

  private final MarkerScanner text = new MarkerScanner();
  private State state;

  /// A parser for one reply.
  ///
  /// @param insideReasoning whether the prompt already ended with `<think>`
  public ReasoningParser(boolean insideReasoning) {
    state = insideReasoning ? State.REASONING_BEGINS : State.REPLY_BEGINS;
  }

  private enum State {
    REPLY_BEGINS,
    REASONING_BEGINS,
    AFTER_OPENING_TAG,
    REASONING,
    CONTENT_BEGINS,
    CONTENT
  }

  /// A parser for the reply to this prompt.
  public static ReasoningParser afterPrompt(String prompt) {
    return new ReasoningParser(prompt.stripTrailing().endsWith(OPEN));
  }

  /// What becomes certain with this text: [ReplyPart.Reasoning] and [ReplyPart.Content], in order.
  public List<ReplyPart> accept(String piece) {
    text.append(piece);
    List<ReplyPart> parts = new ArrayList<>();
    while (advance(parts)) {
      // Each turn is one change of state.
    }
    return parts;
  }

  /// What was still held back.
  public List<ReplyPart> finish() {
    List<ReplyPart> parts = new ArrayList<>();
    add(parts, text.takeAll(), insideReasoning());
    return parts;
  }

  /// Whether the reply is inside of its thinking now.
  public boolean insideReasoning() {
    return switch (state) {
      case REASONING_BEGINS, AFTER_OPENING_TAG, REASONING -> true;
      case REPLY_BEGINS, CONTENT_BEGINS, CONTENT -> false;
    };
  }

  private boolean advance(List<ReplyPart> parts) {
    return switch (state) {
      case REPLY_BEGINS -> openingTag(State.CONTENT);
      case REASONING_BEGINS -> openingTag(State.AFTER_OPENING_TAG);
      case AFTER_OPENING_TAG -> afterLineEnds(State.REASONING);
      case REASONING -> reasoning(parts);
      case CONTENT_BEGINS -> afterLineEnds(State.CONTENT);
      case CONTENT -> {
        add(parts, text.takeAll(), false);
        yield false;
      }
    };
  }

  private boolean afterLineEnds(State next) {
    boolean begun = text.skipLineEnds();
    if (begun) {
      state = next;
    }
    return begun;
  }

  /// Looks for white space and the opening tag; goes to `other` if something else is there.
  private boolean openingTag(State other) {
    int at = 0;
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    int matched = 0;
    while (at + matched < text.length()
        && matched < OPEN.length()
        && text.charAt(at + matched) == OPEN.charAt(matched)) {
      matched++;
    }
    if (matched == OPEN.length()) {
      text.take(at + matched);
      state = State.AFTER_OPENING_TAG;
      return true;
    }
    if (at + matched == text.length()) {
      return false;
    }
    state = other;
    return true;
  }

  private boolean reasoning(List<ReplyPart> parts) {
    MarkerScanner.Found found = text.next(List.of(CLOSE), true);
    boolean closed = !found.marker().isEmpty();
    add(parts, closed ? MarkerScanner.withoutLineEnds(found.before()) : found.before(), true);
    if (closed) {
      state = State.CONTENT_BEGINS;
    }
    return closed;
  }

  private static void add(List<ReplyPart> parts, String text, boolean reasoning) {
    if (!text.isEmpty()) {
      parts.add(reasoning ? new ReplyPart.Reasoning(text) : new ReplyPart.Content(text));
    }
  }
}
