package fathom.generation;

/// What an answer must match: a language over bytes, independent of any vocabulary.
public final class Grammar {
  private final String schema;

  private Grammar(String schema) {
    this.schema = schema;
  }

  /// Any JSON object.
  public static Grammar jsonObject() {
    return new Grammar("{\"type\":\"object\"}");
  }

  /// JSON that validates against a schema.
  ///
  /// @throws UnsupportedSchemaException if the schema is broken, too large or uses what no grammar
  ///   here can express
  public static Grammar jsonSchema(String schema) {
    return new Grammar(schema);
  }

  @Override
  public String toString() {
    return "Grammar[" + schema + "]";
  }
}
