package fathom.tokenizer;

import java.nio.charset.StandardCharsets;

/// Reads `{"name": "…", "arguments": …}` while it arrives: the name as soon as it is complete, the
/// arguments as the text they are. If the arguments come first they wait for the name.
final class JsonCallScanner {
  private int depth;
  private boolean string;
  private boolean escaped;
  private boolean inValue;

  /// The key or value being read at the top level.
  private final StringBuilder token = new StringBuilder();

  private String key = "";
  private String name = "";
  private final StringBuilder waiting = new StringBuilder();

  boolean hasName() {
    return !name.isEmpty();
  }

  String name() {
    return name;
  }

  boolean insideString() {
    return string;
  }

  /// Reads on and returns the arguments' text that may be passed on now.
  String accept(String text) {
    for (int i = 0; i < text.length(); i++) {
      accept(text.charAt(i));
    }
    if (!hasName()) {
      return "";
    }
    String ready = waiting.toString();
    waiting.setLength(0);
    return ready;
  }

  private void accept(char c) {
    if (string) {
      take(c);
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else if (c == '"') {
        string = false;
      }
      return;
    }
    boolean top = depth == 1;
    if (top && (c == ',' || c == '}')) {
      valueEnds();
    } else if (top && c == ':' && !inValue) {
      key = unquoted(token.toString().strip());
      token.setLength(0);
      inValue = true;
    } else if (depth > 0) {
      take(c);
    }
    switch (c) {
      case '"' -> string = depth > 0;
      case '{', '[' -> depth++;
      case '}', ']' -> depth = Math.max(0, depth - 1);
      default -> {
        // Anything else has no depth.
      }
    }
  }

  private void take(char c) {
    boolean arguments = inValue && (key.equals("arguments") || key.equals("parameters"));
    if (!arguments) {
      token.append(c);
    } else if (!Character.isWhitespace(c) || string || depth > 1) {
      waiting.append(c);
    }
  }

  private void valueEnds() {
    if (key.equals("name") && name.isEmpty()) {
      name = unquoted(token.toString().strip());
    }
    token.setLength(0);
    key = "";
    inValue = false;
  }

  /// The text of a JSON string; what is none stays as it is.
  private static String unquoted(String json) {
    if (json.length() < 2 || json.charAt(0) != '"') {
      return json;
    }
    try (JsonReader reader = JsonReader.of("tool call", json.getBytes(StandardCharsets.UTF_8))) {
      reader.next();
      return reader.string("name");
    } catch (MalformedTokenizerException e) {
      return json;
    }
  }
}
