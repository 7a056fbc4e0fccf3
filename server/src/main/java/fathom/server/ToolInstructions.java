package fathom.server;

import fathom.generation.ToolCallStyle;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Describes functions to models whose chat template doesn't: DeepSeek's V3, R1 and V3.1 templates
/// know calls and results, but leave the definitions to the system prompt. The text is V3.1's own
/// (model card); the form of the call is the one that the model's template writes.
final class ToolInstructions {
  private static final String CALLS_BEGIN = "<｜tool▁calls▁begin｜>";
  private static final String CALL_BEGIN = "<｜tool▁call▁begin｜>";
  private static final String SEPARATOR = "<｜tool▁sep｜>";
  private static final String CALL_END = "<｜tool▁call▁end｜>";
  private static final String CALLS_END = "<｜tool▁calls▁end｜>";

  private ToolInstructions() {}

  /// The messages with the definitions added to the first system message, or with a system message
  /// of their own.
  static List<ChatMessage> add(
      List<ChatMessage> messages, List<ObjectNode> tools, Optional<ToolCallStyle> style) {
    String text = text(tools, style.filter(s -> s == ToolCallStyle.DEEPSEEK_V3).isPresent());
    List<ChatMessage> result = new ArrayList<>(messages);
    if (!messages.isEmpty() && messages.getFirst().role() == Role.SYSTEM) {
      result.set(0, ChatMessage.system(messages.getFirst().content() + text));
    } else {
      result.addFirst(ChatMessage.system(text.stripLeading()));
    }
    return result;
  }

  private static String text(List<ObjectNode> tools, boolean fenced) {
    StringBuilder text =
        new StringBuilder("\n\n## Tools\nYou have access to the following tools:\n");
    for (ObjectNode tool : tools) {
      JsonNode function = tool.path("function");
      text.append("\n### ").append(function.path("name").asString(""));
      text.append("\nDescription: ").append(function.path("description").asString(""));
      text.append("\n\nParameters: ").append(Json.text(function.path("parameters"))).append('\n');
    }
    String call =
        fenced
            ? "function" + SEPARATOR + "tool_call_name\n```json\ntool_call_arguments\n```"
            : "tool_call_name" + SEPARATOR + "tool_call_arguments";
    return text.append("\nIMPORTANT: ALWAYS adhere to this exact format for tool use:\n")
        .append(CALLS_BEGIN + CALL_BEGIN)
        .append(call)
        .append(CALL_END + "{{additional_tool_calls}}" + CALLS_END)
        .append(
            "\n\nWhere:\n\n- `tool_call_name` must be an exact match to one of the available tools\n")
        .append(
            "- `tool_call_arguments` must be valid JSON that strictly follows the tool's Parameters Schema\n")
        .append("- For multiple tool calls, chain them directly without separators or spaces\n")
        .toString();
  }
}
