package fathom.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;

/// Cuts a template into tokens, with the white space rules that transformers switches on:
/// `trim_blocks` (the line end after a block or comment goes), `lstrip_blocks` (the blanks before
/// one go if nothing else stands before it in its line), and a minus at a tag takes all white space
/// on that side.
final class Lexer {
  private static final List<String> OPERATORS =
      List.of(
          "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")",
          "[", "]", "{", "}", ",", ":", ".", "|");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private boolean lineStarting = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    Lexer lexer = new Lexer(source);
    lexer.scan();
    return lexer.tokens;
  }

  private void scan() {
    while (at < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        text(source.length(), source.length());
        break;
      }
      char kind = source.charAt(tag + 1);
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
      boolean signed = sign == '-' || (sign == '+' && kind != '{');
      text(textEnd(tag, kind, sign), tag);
      at = tag + (signed ? 3 : 2);
      switch (kind) {
        case '{' -> tag(Token.Kind.OUTPUT_BEGIN, "}}");
        case '#' -> comment();
        default -> {
          if (!raw()) {
            tag(Token.Kind.BLOCK_BEGIN, "%}");
          }
        }
      }
    }
    add(Token.Kind.END, "");
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private int textEnd(int tag, char kind, char sign) {
    if (sign == '-') {
      int end = tag;
      while (end > at && PythonText.isSpace(source.charAt(end - 1))) {
        end--;
      }
      return end;
    }
    if (sign != '+' && kind != '{') {
      int lineBegin = tag;
      while (lineBegin > at && source.charAt(lineBegin - 1) != '\n') {
        lineBegin--;
      }
      boolean begins = lineBegin > at || lineStarting;
      if (begins && isBlank(lineBegin, tag)) {
        return lineBegin;
      }
    }
    return tag;
  }

  private boolean isBlank(int from, int to) {
    for (int i = from; i < to; i++) {
      if (!PythonText.isSpace(source.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /// Emits the text up to `end` and moves on to `next`.
  private void text(int end, int next) {
    if (end > at) {
      add(Token.Kind.TEXT, source.substring(at, end));
    }
    moveTo(next);
  }

  private void moveTo(int next) {
    for (int i = at; i < next; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    at = next;
  }

  private void comment() {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw new JinjaException("a comment does not end").at(line);
    }
    moveTo(end);
    endTag(2, end > 0 ? source.charAt(end - 1) : ' ', true);
  }

  /// Steps over the end of a tag, `length` characters, and the white space that goes with it.
  private void endTag(int length, char sign, boolean block) {
    int begin = at;
    int next = at + length;
    if (sign == '-') {
      while (next < source.length() && PythonText.isSpace(source.charAt(next))) {
        next++;
      }
    } else if (block && sign != '+' && next < source.length() && source.charAt(next) == '\n') {
      next++;
    }
    moveTo(next);
    lineStarting = at > begin && source.charAt(at - 1) == '\n';
  }

  /// A `{% raw %}` block, if one begins here.
  private boolean raw() {
    int name = skipBlanks(at);
    if (!source.startsWith("raw", name)) {
      return false;
    }
    int end = skipBlanks(name + 3);
    char sign = end < source.length() ? source.charAt(end) : ' ';
    int brace = sign == '-' || sign == '+' ? end + 1 : end;
    if (!source.startsWith("%}", brace)) {
      return false;
    }
    moveTo(brace);
    // A raw block keeps the line end after its opening tag.
    endTag(2, sign, false);
    for (int close = source.indexOf("{%", at);
        close >= 0;
        close = source.indexOf("{%", close + 2)) {
      char open = close + 2 < source.length() ? source.charAt(close + 2) : ' ';
      int word = skipBlanks(open == '-' || open == '+' ? close + 3 : close + 2);
      if (source.startsWith("endraw", word)) {
        text(textEnd(close, '%', open), close);
        int last = skipBlanks(word + 6);
        char closing = last < source.length() ? source.charAt(last) : ' ';
        moveTo(closing == '-' || closing == '+' ? last + 1 : last);
        endTag(2, closing, true);
        return true;
      }
    }
    throw new JinjaException("a raw block does not end").at(line);
  }

  private int skipBlanks(int from) {
    int i = from;
    while (i < source.length() && PythonText.isSpace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  private void tag(Token.Kind begin, String end) {
    add(begin, "");
    boolean block = begin == Token.Kind.BLOCK_BEGIN;
    int depth = 0;
    while (true) {
      moveTo(skipBlanks(at));
      if (at >= source.length()) {
        throw new JinjaException("a tag does not end with " + end).at(line);
      }
      char c = source.charAt(at);
      boolean signed = (c == '-' || (c == '+' && block)) && source.startsWith(end, at + 1);
      if (depth == 0 && (signed || source.startsWith(end, at))) {
        add(Token.Kind.TAG_END, "");
        moveTo(signed ? at + 1 : at);
        endTag(2, signed ? c : ' ', block);
        return;
      }
      depth += word(c);
    }
  }

  /// Reads one word and returns by how much it opens (1) or closes (-1) brackets.
  private int word(char c) {
    if (c == '"' || c == '\'') {
      string(c);
      return 0;
    }
    if (c >= '0' && c <= '9') {
      number();
      return 0;
    }
    if (Character.isJavaIdentifierStart(c) && c != '$') {
      int end = at;
      while (end < source.length()
          && Character.isJavaIdentifierPart(source.charAt(end))
          && source.charAt(end) != '$') {
        end++;
      }
      add(Token.Kind.NAME, source.substring(at, end));
      at = end;
      return 0;
    }
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        add(Token.Kind.OPERATOR, operator);
        at += operator.length();
        return "([{".contains(operator) ? 1 : ")]}".contains(operator) ? -1 : 0;
      }
    }
    throw new JinjaException("unexpected character '" + c + "'").at(line);
  }

  private void number() {
    int end = digits(at);
    boolean fraction =
        end + 1 < source.length() && source.charAt(end) == '.' && isDigit(source.charAt(end + 1));
    if (fraction) {
      end = digits(end + 1);
    }
    boolean exponent = end < source.length() && (source.charAt(end) | 0x20) == 'e';
    if (exponent) {
      int sign = end + 1 < source.length() && "+-".indexOf(source.charAt(end + 1)) >= 0 ? 1 : 0;
      int last = digits(end + 1 + sign);
      exponent = last > end + 1 + sign;
      end = exponent ? last : end;
    }
    String digits = source.substring(at, end).replace("_", "");
    add(fraction || exponent ? Token.Kind.FLOAT : Token.Kind.INTEGER, digits);
    at = end;
  }

  private int digits(int from) {
    int end = from;
    while (end < source.length() && (isDigit(source.charAt(end)) || source.charAt(end) == '_')) {
      end++;
    }
    return end;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private void string(char quote) {
    StringBuilder value = new StringBuilder();
    int i = at + 1;
    while (i < source.length() && source.charAt(i) != quote) {
      if (source.charAt(i) == '\\' && i + 1 < source.length()) {
        i = Escapes.append(source, i + 1, value);
      } else {
        value.append(source.charAt(i++));
      }
    }
    if (i >= source.length()) {
      throw new JinjaException("a string does not end").at(line);
    }
    add(Token.Kind.STRING, value.toString());
    moveTo(i + 1);
  }

  private void add(Token.Kind kind, String text) {
    tokens.add(new Token(kind, text, line));
  }
}
