package fathom.server;

import fathom.generation.Grammar;
import fathom.generation.SamplingParameters;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.Role;
import fathom.tokenizer.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads the body of Anthropic's `POST /v1/messages` as the same kind of call as every other
/// protocol's.
final class AnthropicRequests {
  private static final int MOST = 8192;
  private static final List<String> EFFORTS = List.of("low", "medium", "high", "xhigh", "max");

  private final ServedModel model;

  AnthropicRequests(ServedModel model) {
    this.model = model;
  }

  /// The request, checked. Any model name is served by the one model, as DeepSeek's own endpoint
  /// does.
  ///
  /// @param counting whether only the prompt matters, so that `max_tokens` may be missing
  ChatCall read(Fields body, Caller caller, boolean counting) {
    String name = body.text("model");
    if (!counting && !body.has("max_tokens")) {
      throw ApiException.format("max_tokens", "max_tokens: Field required");
    }
    Optional<Fields> asked = body.object("thinking");
    boolean enabled =
        asked
            .map(
                fields ->
                    !fields
                        .choice("type", "enabled", List.of("enabled", "disabled", "adaptive"))
                        .equals("disabled"))
            .orElse(false);
    boolean thinking = model.thinks(name, Optional.of(enabled));
    List<ChatMessage> messages = messages(body);
    ToolUse tools = tools(body, thinking);
    SamplingParameters.Builder sampling = sampling(body);
    asked
        .filter(fields -> fields.has("budget_tokens"))
        .ifPresent(
            fields ->
                sampling.thinkingBudget(fields.integer("budget_tokens", 0, 0, Integer.MAX_VALUE)));
    body.object("output_config")
        .ifPresent(
            fields -> SamplingReader.effort(fields.choice("effort", "high", EFFORTS), sampling));
    Optional<Grammar> grammar = tools.forced().isPresent() ? tools.forced() : outputFormat(body);
    String user = body.object("metadata").map(fields -> fields.text("user_id", "")).orElse("");
    String cacheUser = user.isEmpty() ? caller.id() : caller.id() + ":#" + Digests.sha256(user);
    return new ChatCall(
        name, messages, tools, thinking, grammar, SamplingReader.build(sampling), 1, cacheUser);
  }

  private static SamplingParameters.Builder sampling(Fields body) {
    SamplingParameters.Builder builder =
        SamplingParameters.builder()
            .temperature(body.number("temperature", 1, 0, 2))
            .topP(body.number("top_p", 1, 1e-9, 1))
            .topK(body.integer("top_k", 0, 0, 1_000_000))
            .maxTokens(body.integer("max_tokens", 4096, 1, 393_216));
    SamplingReader.stops(body, "stop_sequences").forEach(builder::stop);
    return builder;
  }

  private static Optional<Grammar> outputFormat(Fields body) {
    Optional<Fields> nested =
        body.object("output_config").flatMap(fields -> fields.object("format"));
    return nested
        .or(() -> body.object("output_format"))
        .flatMap(
            format ->
                format
                    .object("schema")
                    .map(s -> DeepSeekRequests.schemaGrammar(s.node(), format.at("schema"))));
  }

  private static ToolUse tools(Fields body, boolean thinking) {
    List<Fields> converted = new ArrayList<>();
    for (Fields tool : body.objects("tools", ToolUse.MOST)) {
      if (tool.has("type") && !tool.text("type").equals("custom")) {
        throw ApiException.format(
            tool.at("type"),
            tool.at("type") + ": server tools are not supported, found " + tool.text("type"));
      }
      ObjectNode function =
          Json.object()
              .put("name", tool.text("name"))
              .put("description", tool.text("description", ""));
      tool.object("input_schema").ifPresent(schema -> function.set("parameters", schema.node()));
      ObjectNode node = Json.object();
      node.set("function", function);
      converted.add(new Fields(node, tool.at("")));
    }
    ToolUse.Choice choice =
        body.object("tool_choice").map(AnthropicRequests::choice).orElse(ToolUse.Choice.AUTO);
    if (thinking && !choice.mode().equals("auto") && !choice.mode().equals("none")) {
      throw ApiException.format(
          "tool_choice", "tool_choice: thinking may not be enabled when a tool's use is forced");
    }
    return ToolUse.of(converted, choice);
  }

  private static ToolUse.Choice choice(Fields fields) {
    return switch (fields.choice("type", "auto", List.of("auto", "any", "tool", "none"))) {
      case "any" -> new ToolUse.Choice("required", "");
      case "tool" -> new ToolUse.Choice("function", fields.text("name"));
      case "none" -> new ToolUse.Choice("none", "");
      default -> ToolUse.Choice.AUTO;
    };
  }

  private List<ChatMessage> messages(Fields body) {
    List<ChatMessage> messages = new ArrayList<>();
    String system = blocks(body, "system");
    if (!system.isEmpty()) {
      messages.add(ChatMessage.system(system));
    }
    List<Fields> turns = body.objects("messages", MOST);
    if (turns.isEmpty()) {
      throw ApiException.format("messages", "messages: at least one message is required");
    }
    for (Fields turn : turns) {
      switch (turn.text("role")) {
        case "user" -> addUser(turn, messages);
        case "assistant" -> messages.add(assistant(turn));
        case "system" -> messages.add(ChatMessage.system(blocks(turn, "content")));
        default ->
            throw ApiException.format(
                turn.at("role"), turn.at("role") + ": expected user or assistant");
      }
    }
    ChatMessage last = messages.getLast();
    if (last.role() == Role.ASSISTANT) {
      // Anthropic's prefill: the answer goes on from what the last message says.
      messages.set(messages.size() - 1, last.asPrefix());
    }
    return messages;
  }

  private static void addUser(Fields turn, List<ChatMessage> messages) {
    JsonNode content = turn.raw("content");
    if (content == null || content.isString()) {
      messages.add(ChatMessage.user(turn.text("content")));
      return;
    }
    StringBuilder text = new StringBuilder();
    for (Fields block : turn.objects("content", MOST)) {
      if (block.text("type").equals("tool_result")) {
        messages.add(ChatMessage.tool(block.text("tool_use_id"), blocks(block, "content")));
      } else {
        text.append(text.isEmpty() ? "" : "\n\n").append(textOf(block));
      }
    }
    if (!text.isEmpty()) {
      messages.add(ChatMessage.user(text.toString()));
    }
  }

  private ChatMessage assistant(Fields turn) {
    JsonNode content = turn.raw("content");
    if (content == null || content.isString()) {
      return ChatMessage.assistant(turn.text("content"));
    }
    StringBuilder text = new StringBuilder();
    StringBuilder reasoning = new StringBuilder();
    List<ToolCall> calls = new ArrayList<>();
    for (Fields block : turn.objects("content", MOST)) {
      switch (block.text("type")) {
        case "thinking" -> reasoning.append(block.text("thinking"));
        case "redacted_thinking" -> {}
        case "tool_use" ->
            calls.add(
                new ToolCall(
                    block.text("id"),
                    block.text("name"),
                    Json.text(block.object("input").map(Fields::node).orElseGet(Json::object))));
        default -> text.append(textOf(block));
      }
    }
    String kept = model.card().earlierReasoning().isRead() ? reasoning.toString() : "";
    return new ChatMessage(Role.ASSISTANT, text.toString(), kept, calls, "", "", false);
  }

  private static String blocks(Fields fields, String name) {
    JsonNode raw = fields.raw(name);
    if (raw == null) {
      return "";
    }
    if (raw.isString()) {
      return raw.stringValue();
    }
    List<String> texts = new ArrayList<>();
    for (Fields block : fields.objects(name, MOST)) {
      texts.add(textOf(block));
    }
    return String.join("\n\n", texts);
  }

  private static String textOf(Fields block) {
    String type = block.text("type");
    if (!type.equals("text")) {
      throw ApiException.format(
          block.at("type"),
          block.at("type") + ": this model reads text only, found '" + type + "'");
    }
    return block.text("text");
  }
}
