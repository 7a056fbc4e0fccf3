package fathom.tokenizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a chat template is given besides the messages.
///
/// @param addGenerationPrompt whether the text ends with the opening of an assistant turn
/// @param tools function definitions in OpenAI's form (`{"type":"function","function":{…}}`),
///   insertion order kept
/// @param arguments further variables, for example `thinking` or `enable_thinking`
public record ChatOptions(
    boolean addGenerationPrompt, List<Map<String, Object>> tools, Map<String, Object> arguments) {
  public ChatOptions {
    tools = List.copyOf(tools);
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
  }

  /// The usual case: the model is to answer; no tools.
  public static ChatOptions answer() {
    return new ChatOptions(true, List.of(), Map.of());
  }

  /// The conversation as it stands, without the opening of an answer.
  public static ChatOptions transcript() {
    return new ChatOptions(false, List.of(), Map.of());
  }

  /// The same with these function definitions.
  public ChatOptions withTools(List<Map<String, Object>> definitions) {
    return new ChatOptions(addGenerationPrompt, definitions, arguments);
  }

  /// The same with one more variable.
  public ChatOptions with(String name, Object value) {
    Map<String, Object> extended = new LinkedHashMap<>(arguments);
    extended.put(name, value);
    return new ChatOptions(addGenerationPrompt, tools, extended);
  }

  /// The same with thinking switched on or off, under the names that DeepSeek's and Qwen's
  /// templates use.
  public ChatOptions withThinking(boolean thinking) {
    return with("thinking", thinking).with("enable_thinking", thinking);
  }
}
