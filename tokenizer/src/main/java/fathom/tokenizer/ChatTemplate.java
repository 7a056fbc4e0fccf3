package fathom.tokenizer;

import java.util.List;
import java.util.Map;

/// Renders a conversation as the text a model was trained on. Compiled at first use.
@SuppressWarnings("DoNotCallSuggester")
public final class ChatTemplate {
  private final String source;

  private ChatTemplate(String source) {
    this.source = source;
  }

  /// A template that is not looked at before it is used.
  ///
  /// @param source Jinja, as in `tokenizer_config.json` or `chat_template.jinja`
  /// @param tokens `bos_token`, `eos_token`, `pad_token` … as text
  public static ChatTemplate of(String source, Map<String, String> tokens) {
    return new ChatTemplate(source);
  }

  /// The text of this conversation.
  ///
  /// @throws ChatTemplateException if the template refuses it
  public String render(List<ChatMessage> messages, ChatOptions options) {
    throw new UnsupportedOperationException();
  }

  /// As [#render], with messages as they stand in an API request (`role`, `content`, `tool_calls`
  /// …).
  ///
  /// @throws ChatTemplateException if the template refuses it
  public String renderMaps(List<? extends Map<String, ?>> messages, ChatOptions options) {
    throw new UnsupportedOperationException();
  }

  /// The Jinja source.
  public String source() {
    return source;
  }
}
