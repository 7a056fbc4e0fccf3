package fathom.tokenizer;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.io.JsonStringEncoder;

/// Reads a block of calls in DeepSeek's markup while it arrives, and writes each call's parameters
/// as the JSON object they are.
///
///     <｜DSML｜function_calls>
///     <｜DSML｜invoke name="NAME">
///     <｜DSML｜parameter name="KEY" string="true">text as it is</｜DSML｜parameter>
///     <｜DSML｜parameter name="KEY" string="false">JSON</｜DSML｜parameter>
///     </｜DSML｜invoke>
///     </｜DSML｜function_calls>
///
/// V4 calls the block `tool_calls`. A block without a call comes out as content.
final class DsmlCallScanner {
  static final String V32_BEGIN = "<\uFF5CDSML\uFF5Cfunction_calls>";
  static final String V4_BEGIN = "<\uFF5CDSML\uFF5Ctool_calls>";

  private static final String V32_END = "</\uFF5CDSML\uFF5Cfunction_calls>";
  private static final String V4_END = "</\uFF5CDSML\uFF5Ctool_calls>";
  private static final String INVOKE = "<\uFF5CDSML\uFF5Cinvoke";
  private static final String INVOKE_END = "</\uFF5CDSML\uFF5Cinvoke>";
  private static final String PARAMETER = "<\uFF5CDSML\uFF5Cparameter";
  private static final String PARAMETER_END = "</\uFF5CDSML\uFF5Cparameter>";
  private static final String HEADER_END = "\">";
  private static final Pattern NAME = Pattern.compile("\\bname=\"([^\"]*)\"");
  private static final int LONGEST_HEADER = 1024;

  private final MarkerScanner text;
  private final StringBuilder taken;
  private final StringBuilder header = new StringBuilder();
  private State state = State.BLOCK;
  private final int firstCall;
  private int calls;
  private int parameters;
  private boolean string;

  private enum State {
    BLOCK,
    INVOKE_HEADER,
    INVOKE,
    PARAMETER_HEADER,
    VALUE,
    ENDED
  }

  /// @param text what has arrived, after the block's marker
  /// @param marker that marker
  /// @param calls how many calls the answer had before
  DsmlCallScanner(MarkerScanner text, String marker, int calls) {
    this.text = text;
    this.taken = new StringBuilder(marker);
    this.firstCall = calls;
    this.calls = calls;
  }

  /// Calls of the answer so far.
  int calls() {
    return calls;
  }

  boolean ended() {
    return state == State.ENDED;
  }

  /// Reads on by one step; false if that needs more text.
  boolean advance(List<ReplyPart> parts) {
    return switch (state) {
      case BLOCK -> block(parts);
      case INVOKE_HEADER -> invokeHeader(parts);
      case INVOKE -> invoke(parts);
      case PARAMETER_HEADER -> parameterHeader(parts);
      case VALUE -> value(parts);
      case ENDED -> false;
    };
  }

  /// Ends a block that was cut off.
  void finish(List<ReplyPart> parts, String rest) {
    switch (state) {
      case BLOCK, INVOKE_HEADER -> {
        taken.append(rest);
        giveUp(parts);
      }
      case INVOKE, PARAMETER_HEADER -> parts.add(new ReplyPart.CallEnd(calls - 1));
      case VALUE -> {
        arguments(parts, spelled(rest));
        parts.add(new ReplyPart.CallEnd(calls - 1));
      }
      case ENDED -> {}
    }
  }

  private boolean block(List<ReplyPart> parts) {
    MarkerScanner.Found found = text.next(List.of(INVOKE, V32_END, V4_END), false);
    taken.append(found.before()).append(found.marker());
    if (found.marker().isEmpty()) {
      return false;
    }
    if (found.marker().equals(INVOKE)) {
      header.setLength(0);
      state = State.INVOKE_HEADER;
    } else {
      giveUp(parts);
    }
    return true;
  }

  /// Ends the block; what had no call in it was none.
  private void giveUp(List<ReplyPart> parts) {
    if (calls == firstCall) {
      parts.add(new ReplyPart.Content(taken.toString()));
    }
    state = State.ENDED;
  }

  private boolean invokeHeader(List<ReplyPart> parts) {
    boolean complete = header();
    if (!complete && header.length() > LONGEST_HEADER) {
      taken.append(header);
      giveUp(parts);
      return true;
    }
    if (complete) {
      parts.add(new ReplyPart.CallBegin(calls++, name()));
      parameters = 0;
      state = State.INVOKE;
    }
    return complete;
  }

  private boolean invoke(List<ReplyPart> parts) {
    MarkerScanner.Found found = text.next(List.of(PARAMETER, INVOKE_END), false);
    if (found.marker().isEmpty()) {
      return false;
    }
    if (found.marker().equals(PARAMETER)) {
      header.setLength(0);
      state = State.PARAMETER_HEADER;
    } else {
      arguments(parts, parameters == 0 ? "{}" : "}");
      parts.add(new ReplyPart.CallEnd(calls - 1));
      state = State.BLOCK;
    }
    return true;
  }

  private boolean parameterHeader(List<ReplyPart> parts) {
    boolean complete = header();
    if (!complete && header.length() > LONGEST_HEADER) {
      state = State.INVOKE;
      return true;
    }
    if (complete) {
      string = !header.toString().contains("string=\"false\"");
      String key = (parameters++ == 0 ? "{\"" : ", \"") + escaped(name()) + "\": ";
      arguments(parts, string ? key + '"' : key);
      state = State.VALUE;
    }
    return complete;
  }

  private boolean value(List<ReplyPart> parts) {
    MarkerScanner.Found found = text.next(List.of(PARAMETER_END), false);
    boolean ends = !found.marker().isEmpty();
    arguments(parts, spelled(found.before()) + (ends && string ? "\"" : ""));
    if (ends) {
      state = State.INVOKE;
    }
    return ends;
  }

  /// Reads the rest of a tag; whether it is complete.
  private boolean header() {
    MarkerScanner.Found found = text.next(List.of(HEADER_END), false);
    header.append(found.before()).append(found.marker());
    return !found.marker().isEmpty();
  }

  private String name() {
    Matcher matcher = NAME.matcher(header);
    return matcher.find() ? matcher.group(1) : "";
  }

  private String spelled(String value) {
    return string ? escaped(value) : value;
  }

  private static String escaped(String value) {
    return new String(JsonStringEncoder.getInstance().quoteAsCharArray(value));
  }

  private void arguments(List<ReplyPart> parts, String fragment) {
    if (!fragment.isEmpty()) {
      parts.add(new ReplyPart.CallArguments(calls - 1, fragment));
    }
  }
}
