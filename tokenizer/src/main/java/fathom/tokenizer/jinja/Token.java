package fathom.tokenizer.jinja;

/// A piece of a template: text between tags, the brackets of a tag, or a word inside one.
///
/// @param kind what it is
/// @param text its text; of a string literal the value
/// @param line counted from 1
record Token(Kind kind, String text, int line) {
  /// What a token is.
  enum Kind {
    TEXT,
    OUTPUT_BEGIN,
    BLOCK_BEGIN,
    TAG_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind other, String content) {
    return kind == other && text.equals(content);
  }

  boolean isName(String name) {
    return is(Kind.NAME, name);
  }

  boolean isOperator(String operator) {
    return is(Kind.OPERATOR, operator);
  }
}
