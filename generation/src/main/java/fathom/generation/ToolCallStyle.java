package fathom.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The words in which models write calls of tools.
public enum ToolCallStyle {
  /// DeepSeek V3 and R1: the arguments stand in a fenced block.
  DEEPSEEK_V3,
  /// DeepSeek V3.1: name, separator, arguments.
  DEEPSEEK_V31,
  /// Qwen: an object with name and arguments between tags.
  QWEN;

  private static final String CALLS_BEGIN = "<｜tool▁calls▁begin｜>";
  private static final String CALLS_END = "<｜tool▁calls▁end｜>";
  private static final String CALL_BEGIN = "<｜tool▁call▁begin｜>";
  private static final String CALL_END = "<｜tool▁call▁end｜>";
  private static final String SEPARATOR = "<｜tool▁sep｜>";
  private static final String QWEN_BEGIN = "<tool_call>";
  private static final String QWEN_END = "</tool_call>";

  /// The style of a chat template's calls, if it knows any.
  ///
  /// @param template the template's source
  public static Optional<ToolCallStyle> of(String template) {
    if (template.contains(SEPARATOR)) {
      return Optional.of(template.contains("```json") ? DEEPSEEK_V3 : DEEPSEEK_V31);
    }
    return template.contains(QWEN_BEGIN) ? Optional.of(QWEN) : Optional.empty();
  }

  /// One or more calls as a whole.
  ///
  /// @param schemas JSON schemas of the arguments by the tools' names
  /// @param most largest number of calls
  Grammar calls(Map<String, String> schemas, int most) {
    Grammar body = body(schemas);
    return this == QWEN
        ? sequence(mark(), body, more(body, most))
        : sequence(literal(CALLS_BEGIN), mark(), body, more(body, most), literal(CALLS_END));
  }

  /// How calls may begin, and how they must go on, for answers that are free until then.
  ///
  /// @param schemas JSON schemas of the arguments by the tools' names
  /// @param most largest number of calls
  /// @throws UnsupportedSchemaException if a grammar can't keep a schema
  public List<CallBeginning> beginnings(Map<String, String> schemas, int most) {
    Grammar body = body(schemas);
    Grammar more = more(body, most);
    if (this == QWEN) {
      return List.of(new CallBeginning(QWEN_BEGIN, sequence(body, more)));
    }
    // Models skip the outer marker at times.
    return List.of(
        new CallBeginning(CALLS_BEGIN, sequence(mark(), body, more, literal(CALLS_END))),
        new CallBeginning(CALL_BEGIN, sequence(body, more, literal(CALLS_END).repeated(0, 1))));
  }

  private Grammar mark() {
    return literal(this == QWEN ? QWEN_BEGIN : CALL_BEGIN);
  }

  /// Further calls; V3 writes them on lines of their own, V3.1 doesn't.
  private Grammar more(Grammar body, int most) {
    Grammar line = literal("\n").repeated(0, 1);
    return sequence(line, mark(), body).repeated(0, Math.max(0, most - 1));
  }

  /// A call of any of these tools, after its marker.
  private Grammar body(Map<String, String> schemas) {
    List<Grammar> bodies = new ArrayList<>();
    schemas.forEach((name, schema) -> bodies.add(body(name, Grammar.jsonSchema(schema))));
    return Grammar.anyOf(bodies);
  }

  private Grammar body(String name, Grammar arguments) {
    return switch (this) {
      case DEEPSEEK_V3 ->
          sequence(
              literal("function"),
              literal(SEPARATOR),
              literal(name + "\n```json\n"),
              arguments,
              literal("\n```"),
              literal(CALL_END));
      case DEEPSEEK_V31 ->
          sequence(literal(name), literal(SEPARATOR), arguments, literal(CALL_END));
      case QWEN ->
          sequence(
              literal("\n{\"name\": \"" + name + "\", \"arguments\": "),
              arguments,
              literal("}\n"),
              literal(QWEN_END));
    };
  }

  private static Grammar literal(String text) {
    return Grammar.literal(text);
  }

  private static Grammar sequence(Grammar... grammars) {
    return Grammar.sequence(List.of(grammars));
  }
}
