package fathom.tokenizer;

/// A chat template that does not parse, refuses the conversation (`raise_exception`), applies an
/// operation to values that do not allow it, or exceeds its limits.
public final class ChatTemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Says what is wrong.
  ///
  /// @param message what the template objected to, in a sentence
  public ChatTemplateException(String message) {
    super(message);
  }

  /// As above, with the reason behind it.
  public ChatTemplateException(String message, Throwable cause) {
    super(message, cause);
  }
}
