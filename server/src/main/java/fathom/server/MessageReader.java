package fathom.server;

import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.Role;
import fathom.tokenizer.ToolCall;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Reads the messages of a DeepSeek or OpenAI request.
final class MessageReader {
  /// Messages of one request.
  static final int MOST_MESSAGES = 8192;

  private static final int MOST_PARTS = 1024;
  private static final List<String> ROLES =
      List.of("system", "developer", "user", "assistant", "tool", "function", "latest_reminder");

  private MessageReader() {}

  /// @throws ApiException 400 or 422 naming the field
  static List<ChatMessage> read(Fields body) {
    List<ChatMessage> messages = new ArrayList<>();
    for (Fields fields : body.objects("messages", MOST_MESSAGES)) {
      messages.add(message(fields));
    }
    if (messages.isEmpty()) {
      throw ApiException.format("messages", "Empty input messages");
    }
    checkOrder(messages);
    return messages;
  }

  private static void checkOrder(List<ChatMessage> messages) {
    for (int i = 0; i < messages.size() - 1; i++) {
      if (messages.get(i).prefix()) {
        throw ApiException.format(
            "messages[" + i + "].prefix",
            "Invalid messages[" + i + "].prefix: only the last message can be a prefix");
      }
    }
    ChatMessage last = messages.getLast();
    if (last.role() == Role.ASSISTANT && !last.prefix()) {
      throw ApiException.format(
          "messages",
          "The last message must be a user or tool message, or an assistant message with prefix set to true");
    }
  }

  private static ChatMessage message(Fields fields) {
    String role = fields.text("role");
    if (!ROLES.contains(role)) {
      throw ApiException.format(
          fields.at("role"), "Invalid " + fields.at("role") + ": expected one of " + ROLES);
    }
    String name = fields.text("name", "");
    return switch (role) {
      case "assistant" -> assistant(fields, name);
      case "tool", "function" ->
          new ChatMessage(
              Role.TOOL,
              content(fields, true),
              "",
              List.of(),
              fields.text("tool_call_id", ""),
              name,
              false);
      case "user" -> plain(Role.USER, fields, name);
      // What OpenAI calls a developer is the operator; templates know it as the system.
      default -> plain(Role.SYSTEM, fields, name);
    };
  }

  private static ChatMessage plain(Role role, Fields fields, String name) {
    return new ChatMessage(role, content(fields, true), "", List.of(), "", name, false);
  }

  private static ChatMessage assistant(Fields fields, String name) {
    List<ToolCall> calls = new ArrayList<>();
    for (Fields call : fields.objects("tool_calls", ToolUse.MOST)) {
      Fields function =
          call.object("function")
              .orElseThrow(
                  () ->
                      ApiException.format(
                          call.at("function"),
                          "Invalid Format: missing field '" + call.at("function") + "'"));
      calls.add(
          new ToolCall(
              call.text("id", ""), function.text("name"), function.text("arguments", "{}")));
    }
    boolean prefix = fields.flag("prefix", false);
    String reasoning = fields.text("reasoning_content", "");
    return new ChatMessage(
        Role.ASSISTANT,
        content(fields, calls.isEmpty() && reasoning.isEmpty()),
        reasoning,
        calls,
        "",
        name,
        prefix);
  }

  private static String content(Fields fields, boolean required) {
    JsonNode raw = fields.raw("content");
    if (raw == null) {
      if (required) {
        throw ApiException.format(
            fields.at("content"), "Invalid Format: missing field '" + fields.at("content") + "'");
      }
      return "";
    }
    if (raw.isString()) {
      return raw.stringValue();
    }
    if (!raw.isArray()) {
      throw fields.wrongType("content", "a string or an array of parts", raw);
    }
    StringBuilder text = new StringBuilder();
    for (Fields part : fields.objects("content", MOST_PARTS)) {
      String type = part.text("type");
      switch (type) {
        case "text", "input_text", "output_text" -> text.append(part.text("text"));
        case "refusal" -> text.append(part.text("refusal", ""));
        default ->
            throw ApiException.format(
                part.at("type"),
                "Invalid "
                    + part.at("type")
                    + ": this model reads text only, found '"
                    + type
                    + "'");
      }
    }
    return text.toString();
  }
}
