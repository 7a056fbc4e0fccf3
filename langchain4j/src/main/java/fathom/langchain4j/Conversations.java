package fathom.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.Json;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import fathom.generation.Engine;
import fathom.generation.GenerationRequest;
import fathom.generation.Grammar;
import fathom.generation.SamplingParameters;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.ChatOptions;
import fathom.tokenizer.ChatTemplate;
import fathom.tokenizer.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Turns LangChain4j's requests into the engine's, by the model's own chat template.
final class Conversations {
  private static final Map<String, Object> NO_PARAMETERS =
      Map.of("type", "object", "properties", Map.of());

  private final Engine engine;
  private final ChatTemplate template;
  private final boolean thinking;

  Conversations(Engine engine, boolean thinking) {
    this.engine = engine;
    this.thinking = thinking;
    this.template =
        engine
            .tokenizer()
            .chatTemplate()
            .orElseThrow(
                () -> new IllegalArgumentException("the engine's tokenizer has no chat template"));
  }

  Engine engine() {
    return engine;
  }

  /// A reader for the next answer.
  Reply reply() {
    String opened =
        template.render(List.of(ChatMessage.user("")), ChatOptions.answer().withThinking(thinking));
    return new Reply(opened.stripTrailing().endsWith("<think>"));
  }

  /// The engine's form of a request.
  ///
  /// @throws UnsupportedFeatureException if the messages hold more than text, or the template
  ///   doesn't know tools
  GenerationRequest read(ChatRequest request) {
    List<ChatMessage> messages = new ArrayList<>();
    request.messages().forEach(message -> messages.add(message(message)));
    ChatOptions options = ChatOptions.answer().withThinking(thinking);
    List<ToolSpecification> tools = request.toolSpecifications();
    String text =
        template.render(
            messages, tools.isEmpty() ? options : options.withTools(definitions(tools)));
    for (ToolSpecification tool : tools) {
      if (!text.contains(tool.name())) {
        throw new UnsupportedFeatureException(
            "the model's chat template describes no tools; describe them in a system message");
      }
    }
    int[] prompt = engine.tokenizer().encode(text);
    GenerationRequest.Builder builder =
        GenerationRequest.builder(prompt).sampling(sampling(request, prompt.length));
    grammar(request.responseFormat(), text, builder);
    return builder.build();
  }

  private SamplingParameters sampling(ChatRequest request, int prompt) {
    SamplingParameters.Builder builder = SamplingParameters.builder();
    int left = Math.max(1, engine.options().contextTokens() - prompt);
    builder.maxTokens(
        request.maxOutputTokens() == null ? left : Math.min(left, request.maxOutputTokens()));
    if (request.temperature() != null) {
      builder.temperature(request.temperature());
    }
    if (request.topP() != null) {
      builder.topP(request.topP());
    }
    if (request.topK() != null) {
      builder.topK(request.topK());
    }
    double frequency = request.frequencyPenalty() == null ? 0 : request.frequencyPenalty();
    double presence = request.presencePenalty() == null ? 0 : request.presencePenalty();
    builder.penalties(new SamplingParameters.Penalties(frequency, presence, 1));
    if (request.stopSequences() != null) {
      request.stopSequences().forEach(builder::stop);
    }
    return builder.build();
  }

  private static void grammar(
      ResponseFormat format, String prompt, GenerationRequest.Builder builder) {
    if (format == null || format.type() != ResponseFormatType.JSON) {
      return;
    }
    Grammar grammar =
        format.jsonSchema() == null
            ? Grammar.jsonObject()
            : Grammar.jsonSchema(
                Json.toJson(JsonSchemaElementUtils.toMap(format.jsonSchema().rootElement())));
    if (prompt.stripTrailing().endsWith("<think>")) {
      builder.grammarAfterThinking(grammar);
    } else {
      builder.grammar(grammar);
    }
  }

  private static List<Map<String, Object>> definitions(List<ToolSpecification> tools) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (ToolSpecification tool : tools) {
      Map<String, Object> parameters =
          tool.parameters() == null
              ? NO_PARAMETERS
              : JsonSchemaElementUtils.toMap(tool.parameters());
      String description = tool.description() == null ? "" : tool.description();
      Map<String, Object> function =
          Map.of("name", tool.name(), "description", description, "parameters", parameters);
      all.add(Map.of("type", "function", "function", function));
    }
    return all;
  }

  private static ChatMessage message(dev.langchain4j.data.message.ChatMessage message) {
    return switch (message) {
      case SystemMessage system -> ChatMessage.system(system.text());
      case UserMessage user when user.hasSingleText() -> ChatMessage.user(user.singleText());
      case AiMessage answer -> answer(answer);
      case ToolExecutionResultMessage result ->
          ChatMessage.tool(result.id() == null ? "" : result.id(), result.text());
      default ->
          throw new UnsupportedFeatureException(
              "this model reads text only, found " + message.type());
    };
  }

  private static ChatMessage answer(AiMessage answer) {
    String text = answer.text() == null ? "" : answer.text();
    if (!answer.hasToolExecutionRequests()) {
      return ChatMessage.assistant(text);
    }
    List<ToolCall> calls =
        answer.toolExecutionRequests().stream()
            .map(
                call ->
                    new ToolCall(call.id() == null ? "" : call.id(), call.name(), call.arguments()))
            .toList();
    return ChatMessage.calling(text, calls);
  }
}
