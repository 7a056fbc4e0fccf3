package fathom.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a template wants to be given a message with tool calls.
///
/// @param nullContent whether empty content beside calls is null
/// @param objectArguments whether arguments are an object; otherwise the JSON text
record ToolCallForm(boolean nullContent, boolean objectArguments) {
  /// For conversations without calls, where it makes no difference.
  static final ToolCallForm FIRST = new ToolCallForm(false, false);

  private static final List<ToolCallForm> ALL =
      List.of(
          FIRST,
          new ToolCallForm(true, false),
          new ToolCallForm(false, true),
          new ToolCallForm(true, true));

  private static final String PROBE = "probe_key";

  /// The first form with which a template prints a call's name, and its arguments as the JSON or
  /// the named parameters (`name="key"`) that they are.
  static ToolCallForm suiting(ChatTemplate template) {
    ToolCall call = new ToolCall("call_0", "probe_name", "{\"" + PROBE + "\": 1}");
    List<ChatMessage> conversation =
        List.of(ChatMessage.user("u"), ChatMessage.calling("", List.of(call)));
    for (ToolCallForm form : ALL) {
      List<Map<String, Object>> maps = new ArrayList<>();
      conversation.forEach(message -> maps.add(form.map(message)));
      try {
        String text = template.renderMaps(maps, ChatOptions.transcript());
        boolean json = text.contains("{\"" + PROBE + "\": 1}");
        if (text.contains("probe_name") && (json || text.contains("name=\"" + PROBE + "\""))) {
          return form;
        }
      } catch (ChatTemplateException e) {
        // This form does not suit; the next may.
      }
    }
    return FIRST;
  }

  /// The message as templates know it.
  Map<String, Object> map(ChatMessage message) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("role", message.role().tag());
    boolean absent = nullContent && message.content().isEmpty() && !message.toolCalls().isEmpty();
    map.put("content", absent ? JsonNull.NULL : message.content());
    if (!message.reasoning().isEmpty()) {
      map.put("reasoning_content", message.reasoning());
    }
    if (!message.toolCalls().isEmpty()) {
      map.put("tool_calls", message.toolCalls().stream().map(this::map).toList());
    }
    if (!message.toolCallId().isEmpty()) {
      map.put("tool_call_id", message.toolCallId());
    }
    if (!message.name().isEmpty()) {
      map.put("name", message.name());
    }
    if (message.prefix()) {
      map.put("prefix", true);
    }
    return map;
  }

  private Map<String, Object> map(ToolCall call) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", call.name());
    Object arguments = objectArguments ? parsed(call.arguments()) : null;
    function.put("arguments", arguments == null ? call.arguments() : arguments);
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", call.id());
    map.put("type", "function");
    map.put("function", function);
    return map;
  }

  /// Arguments as an object; null where the model did not write one.
  private static @Nullable Object parsed(String json) {
    try (JsonReader reader = JsonReader.of("tool call", json.getBytes(StandardCharsets.UTF_8))) {
      reader.next();
      Map<String, Object> object = reader.objectHere("arguments");
      reader.requireEnd();
      return object;
    } catch (MalformedTokenizerException e) {
      return null;
    }
  }
}
