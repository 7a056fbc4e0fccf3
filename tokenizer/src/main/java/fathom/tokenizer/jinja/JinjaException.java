package fathom.tokenizer.jinja;

/// A template that does not parse, does something that its values do not allow, or exceeds its
/// limits.
public final class JinjaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean located;

  JinjaException(String message) {
    super(message);
    located = false;
  }

  private JinjaException(String message, int line, JinjaException cause) {
    super(message + " (line " + line + " of the template)", cause);
    located = true;
  }

  /// The same with the line where it happened, unless that is known already.
  JinjaException at(int line) {
    return located ? this : new JinjaException(String.valueOf(getMessage()), line, this);
  }
}
