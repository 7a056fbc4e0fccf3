package fathom.tokenizer;

import fathom.tokenizer.jinja.JinjaException;
import fathom.tokenizer.jinja.Template;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Renders a conversation as the text a model was trained on, as transformers'
/// `apply_chat_template` does.
///
/// Parsed at first use. Templates differ in what they accept: some recognise a tool call by
/// `content` being null, others fail on that; some want a call's arguments as text, others as an
/// object. [#render] finds out once by rendering small conversations and then gives each template
/// what it takes; [#renderMaps] passes everything as it is.
public final class ChatTemplate {
  private final String source;
  private final Map<String, String> tokens;
  private final @Nullable Clock clock;
  private volatile @Nullable Template template;
  private volatile @Nullable ToolCallForm toolCallForm;

  private ChatTemplate(String source, Map<String, String> tokens, @Nullable Clock clock) {
    this.source = source;
    this.tokens = Map.copyOf(tokens);
    this.clock = clock;
  }

  /// A template that is not looked at before it is used.
  ///
  /// @param source Jinja, as in `tokenizer_config.json` or `chat_template.jinja`
  /// @param tokens `bos_token`, `eos_token`, `pad_token` … as text
  public static ChatTemplate of(String source, Map<String, String> tokens) {
    return new ChatTemplate(source, tokens, null);
  }

  /// What renders conversations for DeepSeek-V3.2, whose checkpoints bring a Python encoder instead
  /// of a template: calls of tools in `<｜DSML｜function_calls>`, reasoning kept through the rounds
  /// of tools after the last question. Follows `encoding_dsv32.py` of the release.
  ///
  /// @param tokens as for [#of]
  public static ChatTemplate deepSeekV32(Map<String, String> tokens) {
    try (InputStream stream =
        Objects.requireNonNull(
            ChatTemplate.class.getResourceAsStream("deepseek-v3.2.jinja"), "deepseek-v3.2.jinja")) {
      return of(new String(stream.readAllBytes(), StandardCharsets.UTF_8), tokens);
    } catch (IOException e) {
      throw new UncheckedIOException("the template of DeepSeek-V3.2 inside the program", e);
    }
  }

  /// The same with a clock for `strftime_now`; without one a template finds that function undefined
  /// and takes the date it was released with.
  public ChatTemplate withClock(Clock newClock) {
    return new ChatTemplate(source, tokens, newClock);
  }

  /// The text of this conversation.
  ///
  /// @throws ChatTemplateException if the template refuses it
  public String render(List<ChatMessage> messages, ChatOptions options) {
    boolean calls = messages.stream().anyMatch(message -> !message.toolCalls().isEmpty());
    ToolCallForm form = calls ? toolCallForm() : ToolCallForm.FIRST;
    List<Map<String, Object>> maps = new ArrayList<>();
    for (ChatMessage message : messages) {
      maps.add(form.map(message));
    }
    return renderMaps(maps, options);
  }

  /// As [#render], with messages as they stand in an API request (`role`, `content`, `tool_calls`
  /// …).
  ///
  /// @throws ChatTemplateException if the template refuses it
  public String renderMaps(List<? extends Map<String, ?>> messages, ChatOptions options) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>(tokens);
    variables.put("messages", messages);
    if (!options.tools().isEmpty()) {
      variables.put("tools", options.tools());
    }
    variables.put("add_generation_prompt", options.addGenerationPrompt());
    variables.putAll(options.arguments());
    try {
      return template().render(variables, clock);
    } catch (JinjaException e) {
      throw new ChatTemplateException("chat template: " + e.getMessage(), e);
    }
  }

  /// The Jinja source.
  public String source() {
    return source;
  }

  private Template template() {
    Template parsed = template;
    if (parsed == null) {
      parsed = Template.parse(source);
      template = parsed;
    }
    return parsed;
  }

  private ToolCallForm toolCallForm() {
    ToolCallForm form = toolCallForm;
    if (form == null) {
      form = ToolCallForm.suiting(this);
      toolCallForm = form;
    }
    return form;
  }
}
