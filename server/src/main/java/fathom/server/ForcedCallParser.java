package fathom.server;

import fathom.tokenizer.ReplyPart;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the one tool call that a grammar forced: `{"name":"f","arguments":{…}}`. The arguments
/// stream as they come; the object's own closing brace is held back.
final class ForcedCallParser {
  private static final Pattern HEAD =
      Pattern.compile(
          "\\s*\\{\\s*\"name\"\\s*:\\s*\"([A-Za-z0-9_.:-]+)\"\\s*,\\s*\"arguments\"\\s*:\\s*");

  private final StringBuilder head = new StringBuilder();
  private boolean begun;
  private boolean ended;
  private int depth;
  private boolean inString;
  private boolean escaped;

  /// The schema that makes a model call one of these functions.
  ///
  /// @param name the function's name as a JSON string
  /// @param parameters its JSON schema
  static String schema(String name, String parameters) {
    return "{\"type\":\"object\",\"properties\":{\"name\":{\"const\":"
        + name
        + "},\"arguments\":"
        + parameters
        + "},\"required\":[\"name\",\"arguments\"],\"additionalProperties\":false}";
  }

  List<ReplyPart> accept(String text) {
    List<ReplyPart> parts = new ArrayList<>();
    String rest = text;
    if (!begun) {
      head.append(text);
      Matcher matcher = HEAD.matcher(head);
      if (!matcher.lookingAt() || matcher.end() == head.length()) {
        return parts;
      }
      begun = true;
      parts.add(new ReplyPart.CallBegin(0, matcher.group(1)));
      rest = head.substring(matcher.end());
    }
    String arguments = arguments(rest);
    if (!arguments.isEmpty()) {
      parts.add(new ReplyPart.CallArguments(0, arguments));
    }
    return parts;
  }

  List<ReplyPart> finish() {
    return begun ? List.of(new ReplyPart.CallEnd(0)) : List.of();
  }

  /// The part of the text that belongs to the arguments' object.
  private String arguments(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length() && !ended; i++) {
      char c = text.charAt(i);
      out.append(c);
      if (escaped) {
        escaped = false;
      } else if (inString) {
        escaped = c == '\\';
        inString = c != '"';
      } else if (c == '"') {
        inString = true;
      } else if (c == '{' || c == '[') {
        depth++;
      } else if (c == '}' || c == ']') {
        depth--;
        ended = depth == 0;
      }
    }
    return out.toString();
  }
}
