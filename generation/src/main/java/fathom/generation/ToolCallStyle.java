package fathom.generation;

import java.util.List;

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

  /// One call.
  Grammar call(String name, Grammar arguments) {
    return switch (this) {
      case DEEPSEEK_V3 ->
          sequence(CALL_BEGIN, "function", SEPARATOR, name + "\n```json\n")
              .then(arguments, "\n```", CALL_END);
      case DEEPSEEK_V31 -> sequence(CALL_BEGIN, name, SEPARATOR).then(arguments, "", CALL_END);
      case QWEN ->
          sequence("<tool_call>", "\n{\"name\": \"" + name + "\", \"arguments\": ")
              .then(arguments, "}\n", "</tool_call>");
    };
  }

  /// One to `most` calls.
  Grammar calls(Grammar call, int most) {
    Grammar line = Grammar.literal("\n");
    Grammar more = Grammar.sequence(List.of(line, call)).repeated(0, Math.max(0, most - 1));
    Grammar all = Grammar.sequence(List.of(call, more));
    return this == QWEN
        ? all
        : Grammar.sequence(List.of(Grammar.literal(CALLS_BEGIN), all, Grammar.literal(CALLS_END)));
  }

  private static Beginning sequence(String... words) {
    return new Beginning(
        Grammar.sequence(java.util.Arrays.stream(words).map(Grammar::literal).toList()));
  }

  private record Beginning(Grammar words) {
    Grammar then(Grammar arguments, String text, String mark) {
      return Grammar.sequence(
          List.of(words, arguments, Grammar.literal(text), Grammar.literal(mark)));
    }
  }
}
