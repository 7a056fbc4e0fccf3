package fathom.server;

import fathom.generation.ToolCallStyle;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.ChatOptions;
import fathom.tokenizer.ChatTemplate;
import fathom.tokenizer.ChatTemplateException;
import fathom.tokenizer.Role;
import fathom.tokenizer.ToolCall;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a chat template can do, found out by rendering small conversations with it.
///
/// @param thinking whether answers begin with reasoning
/// @param earlierReasoning what becomes of the reasoning of earlier answers
/// @param describesTools whether the template itself tells the model of its tools
/// @param style the words in which the model writes calls of tools, if the template knows any
record TemplateTraits(
    ModelCard.Thinking thinking,
    ModelCard.EarlierReasoning earlierReasoning,
    boolean describesTools,
    Optional<ToolCallStyle> style) {
  private static final String TOOL = "probe_of_the_template";

  static TemplateTraits of(ChatTemplate template) {
    boolean describesTools = describesTools(template);
    // Whoever is told of tools by the server is told V3.1's form.
    Optional<ToolCallStyle> style =
        ToolCallStyle.of(template.source())
            .or(() -> describesTools ? Optional.empty() : Optional.of(ToolCallStyle.DEEPSEEK_V31));
    return new TemplateTraits(
        thinkingOf(template), earlierReasoning(template), describesTools, style);
  }

  private static ModelCard.Thinking thinkingOf(ChatTemplate template) {
    List<ChatMessage> question = List.of(ChatMessage.user("1+1?"));
    String with = template.render(question, ChatOptions.answer().withThinking(true));
    String without = template.render(question, ChatOptions.answer().withThinking(false));
    if (!with.equals(without)) {
      return ModelCard.Thinking.SWITCHABLE;
    }
    // The first R1 template leaves `<think>` to the model, but knows the tag.
    return template.source().contains("</think>")
        ? ModelCard.Thinking.ALWAYS
        : ModelCard.Thinking.NEVER;
  }

  private static ChatOptions withTool() {
    Map<String, Object> function =
        Map.of("name", TOOL, "description", "", "parameters", Map.of("type", "object"));
    return ChatOptions.answer()
        .withTools(List.of(Map.of("type", "function", "function", function)));
  }

  private static boolean describesTools(ChatTemplate template) {
    try {
      return template.render(List.of(ChatMessage.user("1+1?")), withTool()).contains(TOOL);
    } catch (ChatTemplateException e) {
      return false;
    }
  }

  /// Two questions, each answered with the help of a tool: whose reasoning is still in the prompt?
  private static ModelCard.EarlierReasoning earlierReasoning(ChatTemplate template) {
    List<ChatMessage> rounds =
        List.of(
            ChatMessage.user("1+1?"),
            thoughtfulCall("probe_of_the_first"),
            ChatMessage.tool("call_0", "2"),
            ChatMessage.assistant("2"),
            ChatMessage.user("2+2?"),
            thoughtfulCall("probe_of_the_last"),
            ChatMessage.tool("call_0", "4"));
    String text;
    try {
      text = template.render(rounds, withTool().withThinking(true));
    } catch (ChatTemplateException e) {
      return ModelCard.EarlierReasoning.REFUSED;
    }
    if (text.contains("probe_of_the_first")) {
      return ModelCard.EarlierReasoning.KEPT;
    }
    return text.contains("probe_of_the_last")
        ? ModelCard.EarlierReasoning.KEPT_IN_TURN
        : ModelCard.EarlierReasoning.REFUSED;
  }

  private static ChatMessage thoughtfulCall(String reasoning) {
    ToolCall call = new ToolCall("call_0", TOOL, "{}");
    return new ChatMessage(Role.ASSISTANT, "", reasoning, List.of(call), "", "", false);
  }
}
