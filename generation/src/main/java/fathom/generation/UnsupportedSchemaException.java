package fathom.generation;

/// A JSON schema that is broken, too large or says what a grammar can't keep; with the place.
public final class UnsupportedSchemaException extends GenerationException {
  private static final long serialVersionUID = 1L;

  private final String pointer;

  /// A complaint about one place of the schema, given as a JSON pointer (`/properties/age`).
  public UnsupportedSchemaException(String pointer, String reason) {
    super("schema at '%s': %s".formatted(pointer, reason));
    this.pointer = pointer;
  }

  /// JSON pointer to the place.
  public String pointer() {
    return pointer;
  }
}
