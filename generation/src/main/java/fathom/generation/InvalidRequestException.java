package fathom.generation;

/// A request that can't be served as it is: names the field of the API and shows what was expected
/// and what was found.
public final class InvalidRequestException extends GenerationException {
  private static final long serialVersionUID = 1L;

  private final String field;

  /// A complaint about one field, spelled as in the API (`top_p`).
  public InvalidRequestException(String field, String reason) {
    super(field + ": " + reason);
    this.field = field;
  }

  /// The field as the API spells it.
  public String field() {
    return field;
  }

  @SuppressWarnings("AnnotateFormatMethod") // its annotation is a library of its own
  static void require(boolean condition, String field, String format, Object... values) {
    if (!condition) {
      throw new InvalidRequestException(field, format.formatted(values));
    }
  }
}
