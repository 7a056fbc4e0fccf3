package fathom.tokenizer;

import java.util.ArrayList;
import java.util.List;

/// Finds tool calls in the answer while it streams: DeepSeek's tokens (V3, R1 and V3.1 forms), its markup since V3.2
/// ([DsmlCallScanner]) and Qwen's `<tool_call>`.
///
///     V3, R1  <｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>NAME\n```json\n{…}\n```<｜tool▁call▁end｜>…<｜tool▁calls▁end｜>
///     V3.1    <｜tool▁calls▁begin｜><｜tool▁call▁begin｜>NAME<｜tool▁sep｜>{…}<｜tool▁call▁end｜>…<｜tool▁calls▁end｜>
///     V3.2    <｜DSML｜function_calls>…</｜DSML｜function_calls>
///     Qwen    <tool_call>\n{"name": "NAME", "arguments": {…}}\n</tool_call>
///
/// Line ends between the answer's text and a call belong to the call. What looks like a call but is none comes out as
/// content, markers included.
public final class ToolCallParser {
  private static final String CALLS_BEGIN = "<\uFF5Ctool\u2581calls\u2581begin\uFF5C>";
  private static final String CALLS_END = "<\uFF5Ctool\u2581calls\u2581end\uFF5C>";
  private static final String CALL_BEGIN = "<\uFF5Ctool\u2581call\u2581begin\uFF5C>";
  private static final String CALL_END = "<\uFF5Ctool\u2581call\u2581end\uFF5C>";
  private static final String SEPARATOR = "<\uFF5Ctool\u2581sep\uFF5C>";
  private static final String QWEN_BEGIN = "<tool_call>";
  private static final String QWEN_END = "</tool_call>";
  private static final List<String> BEGINNINGS =
      List.of(
          CALLS_BEGIN, CALL_BEGIN, QWEN_BEGIN, DsmlCallScanner.V32_BEGIN, DsmlCallScanner.V4_BEGIN);
  private static final String FENCE = "```json\n";
  private static final String FENCE_END = "\n```";

  /// The word that stands before the separator in the V3 form.
  private static final String V3_TYPE = "function";

  private static final int LONGEST_NAME = 256;

  private final MarkerScanner text = new MarkerScanner();
  private State state = State.CONTENT;
  private int calls;

  /// What was taken since the current call's marker and is not certain to be a call yet.
  private final StringBuilder uncertain = new StringBuilder();

  private JsonCallScanner json = new JsonCallScanner();
  private DsmlCallScanner dsml = new DsmlCallScanner(text, "", 0);

  /// A parser for one reply.
  public ToolCallParser() {}

  private enum State {
    CONTENT,
    BETWEEN_CALLS,
    HEADER,
    BODY_BEGINS,
    NAME,
    FENCE,
    ARGUMENTS,
    AFTER_ARGUMENTS,
    JSON,
    DSML
  }

  /// What becomes certain with this text: [ReplyPart.Content] and the parts of calls, in order.
  public List<ReplyPart> accept(String piece) {
    text.append(piece);
    List<ReplyPart> parts = new ArrayList<>();
    while (advance(parts)) {
      // Each turn is one change of state.
    }
    return parts;
  }

  /// What was still held back; a call that was cut off ends here.
  public List<ReplyPart> finish() {
    List<ReplyPart> parts = new ArrayList<>();
    String rest = text.takeAll();
    switch (state) {
      case CONTENT -> content(parts, rest);
      case BETWEEN_CALLS -> {
        // Nothing but line ends stands there.
      }
      case HEADER, BODY_BEGINS, NAME -> content(parts, uncertain + rest);
      case FENCE, AFTER_ARGUMENTS -> parts.add(new ReplyPart.CallEnd(calls - 1));
      case ARGUMENTS -> {
        arguments(parts, rest.stripTrailing());
        parts.add(new ReplyPart.CallEnd(calls - 1));
      }
      case JSON -> endJson(parts, uncertain + rest);
      case DSML -> dsml.finish(parts, rest);
    }
    state = State.CONTENT;
    return parts;
  }

  /// How many calls have begun.
  public int calls() {
    return calls;
  }

  private boolean advance(List<ReplyPart> parts) {
    return switch (state) {
      case CONTENT -> contentUpToCall(parts);
      case BETWEEN_CALLS -> {
        MarkerScanner.Found found = text.next(List.of(CALL_BEGIN, CALLS_END), false);
        yield !found.marker().isEmpty() && begin(found.marker());
      }
      case HEADER -> header(parts);
      case BODY_BEGINS -> bodyBegins(parts);
      case NAME -> name(parts);
      case FENCE -> fence();
      case ARGUMENTS -> argumentsUpToEnd(parts);
      case AFTER_ARGUMENTS -> afterArguments(parts);
      case JSON -> json(parts);
      case DSML -> dsml(parts);
    };
  }

  private boolean contentUpToCall(List<ReplyPart> parts) {
    MarkerScanner.Found found = text.next(BEGINNINGS, true);
    boolean call = !found.marker().isEmpty();
    content(parts, call ? MarkerScanner.withoutLineEnds(found.before()) : found.before());
    return call && begin(found.marker());
  }

  private boolean begin(String marker) {
    uncertain.setLength(0);
    uncertain.append(marker);
    switch (marker) {
      case CALLS_BEGIN -> state = State.BETWEEN_CALLS;
      case CALL_BEGIN -> state = State.HEADER;
      case QWEN_BEGIN -> {
        state = State.JSON;
        json = new JsonCallScanner();
      }
      case DsmlCallScanner.V32_BEGIN, DsmlCallScanner.V4_BEGIN -> {
        state = State.DSML;
        dsml = new DsmlCallScanner(text, marker, calls);
      }
      default -> state = State.CONTENT;
    }
    return true;
  }

  /// What stands between the marker of a call and the separator: the name, or the word `function`.
  private boolean header(List<ReplyPart> parts) {
    MarkerScanner.Found found = text.next(List.of(SEPARATOR), false);
    uncertain.append(found.before());
    if (found.marker().isEmpty()) {
      return notACall(parts);
    }
    String header = uncertain.substring(CALL_BEGIN.length()).strip();
    uncertain.append(SEPARATOR);
    if (header.equals(V3_TYPE)) {
      state = State.BODY_BEGINS;
    } else {
      callBegins(parts, header);
      state = State.FENCE;
    }
    return true;
  }

  /// After `function` and the separator: JSON if the function is called so, else the name.
  private boolean bodyBegins(List<ReplyPart> parts) {
    if (!text.skipLineEnds()) {
      return false;
    }
    if (text.charAt(0) == '{') {
      callBegins(parts, V3_TYPE);
      state = State.ARGUMENTS;
    } else {
      state = State.NAME;
    }
    return true;
  }

  private boolean name(List<ReplyPart> parts) {
    MarkerScanner.Found found = text.next(List.of("\n"), false);
    uncertain.append(found.before());
    if (found.marker().isEmpty()) {
      return notACall(parts);
    }
    int begin = uncertain.indexOf(SEPARATOR) + SEPARATOR.length();
    callBegins(parts, uncertain.substring(begin).strip());
    state = State.FENCE;
    return true;
  }

  /// Gives up a call whose name does not end.
  private boolean notACall(List<ReplyPart> parts) {
    if (uncertain.length() <= CALL_BEGIN.length() + SEPARATOR.length() + LONGEST_NAME) {
      return false;
    }
    content(parts, uncertain.toString());
    state = State.CONTENT;
    return true;
  }

  private void callBegins(List<ReplyPart> parts, String name) {
    parts.add(new ReplyPart.CallBegin(calls++, name));
  }

  /// Skips the opening fence, if there is one.
  private boolean fence() {
    int matched = 0;
    text.skipLineEnds();
    while (matched < text.length()
        && matched < FENCE.length()
        && text.charAt(matched) == FENCE.charAt(matched)) {
      matched++;
    }
    if (matched == FENCE.length()) {
      text.take(matched);
    } else if (matched == text.length()) {
      return false;
    }
    state = State.ARGUMENTS;
    return true;
  }

  private boolean argumentsUpToEnd(List<ReplyPart> parts) {
    MarkerScanner.Found found = text.next(List.of(FENCE_END, CALL_END), true);
    if (found.marker().isEmpty()) {
      arguments(parts, found.before());
      return false;
    }
    arguments(parts, MarkerScanner.withoutLineEnds(found.before()));
    if (found.marker().equals(FENCE_END)) {
      state = State.AFTER_ARGUMENTS;
    } else {
      callEnds(parts);
    }
    return true;
  }

  private boolean afterArguments(List<ReplyPart> parts) {
    MarkerScanner.Found found = text.next(List.of(CALL_END, CALLS_END), false);
    if (found.marker().isEmpty()) {
      return false;
    }
    callEnds(parts);
    if (found.marker().equals(CALLS_END)) {
      state = State.CONTENT;
    }
    return true;
  }

  private void callEnds(List<ReplyPart> parts) {
    parts.add(new ReplyPart.CallEnd(calls - 1));
    state = State.BETWEEN_CALLS;
  }

  private boolean json(List<ReplyPart> parts) {
    MarkerScanner.Found found = text.next(List.of(QWEN_END), false);
    uncertain.append(found.before());
    boolean hadName = json.hasName();
    String fragment = json.accept(found.before());
    if (!hadName && json.hasName()) {
      callBegins(parts, json.name());
    }
    arguments(parts, fragment);
    if (found.marker().isEmpty()) {
      return false;
    }
    if (json.insideString()) {
      // The marker is part of an argument.
      uncertain.append(QWEN_END);
      arguments(parts, json.accept(QWEN_END));
      return true;
    }
    endJson(parts, uncertain + QWEN_END);
    state = State.CONTENT;
    return true;
  }

  private boolean dsml(List<ReplyPart> parts) {
    boolean on = dsml.advance(parts);
    calls = dsml.calls();
    if (dsml.ended()) {
      state = State.CONTENT;
    }
    return on;
  }

  private void endJson(List<ReplyPart> parts, String raw) {
    if (json.hasName()) {
      parts.add(new ReplyPart.CallEnd(calls - 1));
    } else {
      content(parts, raw);
    }
  }

  private void arguments(List<ReplyPart> parts, String fragment) {
    if (!fragment.isEmpty()) {
      parts.add(new ReplyPart.CallArguments(calls - 1, fragment));
    }
  }

  private static void content(List<ReplyPart> parts, String text) {
    if (!text.isEmpty()) {
      parts.add(new ReplyPart.Content(text));
    }
  }
}
