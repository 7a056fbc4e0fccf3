package fathom.training;

import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads conversations from JSON lines of two forms, with whatever else a line may have ignored:
///
///     {"messages": [{"role": "user", "content": "…"},
///                   {"role": "assistant", "reasoning_content": "…", "content": "…"}]}
///     {"question": "…", "reasoning": "…", "answer": "…"}
///
/// `"thinking": true` or `false` says what the template is told; without it, it is told to think if
/// the answer has reasoning.
final class ChatExampleReader {
  private ChatExampleReader() {}

  /// Shows the conversations of a file, or of all `.jsonl` files of a directory in the order of
  /// their names.
  ///
  /// @throws RecipeException if there is none, or a line is not what it should be
  /// @throws TrainingException if a file cannot be read
  static void forEach(Path data, Consumer<ChatExample> consumer) {
    JsonLines.forEach(data, (place, row) -> consumer.accept(example(row, place)));
  }

  private static ChatExample example(ObjectNode row, String place) {
    Optional<Boolean> thinking =
        row.path("thinking").isBoolean()
            ? Optional.of(row.path("thinking").asBoolean())
            : Optional.empty();
    return row.has("messages")
        ? new ChatExample(messages(row.path("messages"), place), thinking)
        : new ChatExample(
            List.of(
                ChatMessage.user(text(row, "question", place)),
                ChatMessage.assistant(
                    textOrNothing(row, "reasoning", place), text(row, "answer", place))),
            thinking);
  }

  private static List<ChatMessage> messages(JsonNode rows, String place) {
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode row : rows) {
      if (!(row instanceof ObjectNode message)) {
        throw new RecipeException(place, "expected messages", "a " + row.getNodeType());
      }
      messages.add(message(message, place));
    }
    if (messages.stream().noneMatch(m -> m.role() == Role.ASSISTANT)) {
      throw new RecipeException(place, "expected a message of the assistant", "none");
    }
    return messages;
  }

  private static ChatMessage message(ObjectNode row, String place) {
    String role = text(row, "role", place);
    if (row.path("tool_calls").size() > 0) {
      throw new RecipeException(
          place,
          "expected messages of text (put calls into content as the model is to write them)",
          "tool_calls");
    }
    String content = text(row, "content", place);
    return switch (role.toLowerCase(Locale.ROOT)) {
      case "system" -> ChatMessage.system(content);
      case "user" -> ChatMessage.user(content);
      case "tool" -> ChatMessage.tool(textOrNothing(row, "tool_call_id", place), content);
      case "assistant" ->
          ChatMessage.assistant(textOrNothing(row, "reasoning_content", place), content);
      default ->
          throw new RecipeException(
              place, "expected a role among system, user, assistant and tool", "'" + role + "'");
    };
  }

  private static String text(ObjectNode row, String key, String place) {
    JsonNode value = row.get(key);
    if (value == null || !value.isString()) {
      throw new RecipeException(
          place,
          "expected the text '%s'".formatted(key),
          value == null ? "no such field" : "a " + value.getNodeType());
    }
    return value.asString();
  }

  private static String textOrNothing(ObjectNode row, String key, String place) {
    return row.path(key).isMissingNode() || row.path(key).isNull() ? "" : text(row, key, place);
  }
}
