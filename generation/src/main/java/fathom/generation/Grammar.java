package fathom.generation;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What an answer must match: a language over bytes, independent of any vocabulary. Whatever the
/// model writes under a grammar is accepted by it, from the first byte on; an answer that ends by
/// itself is whole.
///
/// Grammars are made of JSON schemas, literal texts and free text, one after the other, as
/// alternatives, or repeated.
public final class Grammar {
  private static final int MAX_SCHEMA_LENGTH = 1 << 20;
  private static final int MAX_REPEAT = 1000;
  private static final JsonMapper EXACT =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private final Part part;

  private Grammar(Part part) {
    this.part = part;
  }

  /// What a grammar is made of.
  sealed interface Part {
    /// JSON that validates against a schema.
    record Schema(JsonNode schema) implements Part {}

    /// Exactly this text; where it is a special token of the vocabulary, that token.
    record Literal(String text) implements Part {}

    /// Any text, also none.
    record Text() implements Part {}

    /// One part after the other.
    record Sequence(List<Part> parts) implements Part {}

    /// One of several parts.
    record Choice(List<Part> parts) implements Part {}

    /// A part several times; `most` is negative for any number.
    record Repeat(Part part, int least, int most) implements Part {}
  }

  /// Any JSON object.
  public static Grammar jsonObject() {
    return jsonSchema("{\"type\":\"object\"}");
  }

  /// JSON that validates against a schema. Supported are types, `enum` and `const`, `anyOf`,
  /// `oneOf` of schemas that are told apart, `allOf` that can be merged, `$ref` within the schema,
  /// members with `required` and `additionalProperties`, items with their number, texts with
  /// length, `pattern` and the usual formats, numbers with bounds; whatever else would restrict
  /// values is refused, never ignored.
  ///
  /// @throws UnsupportedSchemaException if the schema is broken, too large, matches nothing, or
  ///   uses what a grammar can't keep
  public static Grammar jsonSchema(String schema) {
    if (schema.length() > MAX_SCHEMA_LENGTH) {
      throw new UnsupportedSchemaException(
          "",
          "expected at most %d characters, found %d".formatted(MAX_SCHEMA_LENGTH, schema.length()));
    }
    JsonNode json;
    try {
      json = EXACT.readTree(schema);
    } catch (JacksonException e) {
      throw new UnsupportedSchemaException("", "no JSON: " + e.getOriginalMessage());
    }
    return checked(new Part.Schema(json));
  }

  /// Exactly this text. Where it is the name of a control token of the vocabulary
  /// (`<｜tool▁calls▁begin｜>`), it is written as that token.
  public static Grammar literal(String text) {
    return new Grammar(new Part.Literal(text));
  }

  /// Any text without control tokens, also none.
  public static Grammar text() {
    return new Grammar(new Part.Text());
  }

  /// One grammar after the other.
  public static Grammar sequence(List<Grammar> grammars) {
    return new Grammar(new Part.Sequence(parts(grammars)));
  }

  /// One of several grammars.
  public static Grammar anyOf(List<Grammar> grammars) {
    if (grammars.isEmpty()) {
      throw new UnsupportedSchemaException("", "expected at least one alternative");
    }
    return new Grammar(new Part.Choice(parts(grammars)));
  }

  /// This grammar `least` to `most` times.
  ///
  /// @param most negative for any number
  public Grammar repeated(int least, int most) {
    if (least < 0 || least > MAX_REPEAT || most > MAX_REPEAT || (most >= 0 && most < least)) {
      throw new UnsupportedSchemaException(
          "", "repetition from %d to %d: expected 0 to %d".formatted(least, most, MAX_REPEAT));
    }
    return checked(new Part.Repeat(part, least, most));
  }

  /// One or more calls of tools, in the words of a model's template.
  ///
  /// @param schemas JSON schemas of the arguments by the tools' names
  /// @param most largest number of calls
  public static Grammar toolCalls(ToolCallStyle style, Map<String, String> schemas, int most) {
    return style.calls(schemas, most);
  }

  private static List<Part> parts(List<Grammar> grammars) {
    return grammars.stream().map(grammar -> grammar.part).toList();
  }

  private static Grammar checked(Part part) {
    Grammar grammar = new Grammar(part);
    ByteNetwork unused = grammar.network(text -> text.getBytes(StandardCharsets.UTF_8));
    assert unused.states() > 0;
    return grammar;
  }

  /// The network that accepts the grammar's language.
  ///
  /// @param literals how a literal is spelled in a vocabulary
  ByteNetwork network(GrammarWriter.Literals literals) {
    return new GrammarWriter(literals).write(part);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Grammar grammar && part.equals(grammar.part);
  }

  @Override
  public int hashCode() {
    return part.hashCode();
  }

  @Override
  public String toString() {
    return "Grammar[" + part + "]";
  }
}
