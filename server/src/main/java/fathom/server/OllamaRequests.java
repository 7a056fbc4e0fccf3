package fathom.server;

import fathom.generation.Grammar;
import fathom.generation.SamplingParameters;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.Role;
import fathom.tokenizer.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads the bodies of Ollama's `/api/chat` and `/api/generate`.
final class OllamaRequests {
  private static final int MOST = 8192;

  private final ServedModel model;

  OllamaRequests(ServedModel model) {
    this.model = model;
  }

  /// The model's name; a tag such as `:latest` may follow it.
  ///
  /// @throws ApiException 404 as Ollama says it
  String name(Fields body) {
    String name = body.has("model") ? body.text("model") : body.text("name");
    String bare = name.endsWith(":latest") ? name.substring(0, name.length() - 7) : name;
    if (!model.isNamed(bare)) {
      throw ApiException.notFound("model '" + name + "' not found");
    }
    return bare;
  }

  /// A chat.
  ChatCall chat(Fields body, Caller caller) {
    String name = name(body);
    List<ChatMessage> messages = new ArrayList<>();
    for (Fields fields : body.objects("messages", MOST)) {
      messages.add(message(fields));
    }
    if (messages.isEmpty()) {
      throw ApiException.format("messages", "messages: at least one message is required");
    }
    if (messages.getLast().role() == Role.ASSISTANT) {
      messages.set(messages.size() - 1, messages.getLast().asPrefix());
    }
    ToolUse tools = ToolUse.of(body.objects("tools", ToolUse.MOST), ToolUse.Choice.AUTO);
    return call(body, caller, new Turn(name, messages, tools));
  }

  /// A single prompt.
  ChatCall generate(Fields body, Caller caller) {
    List<ChatMessage> messages = new ArrayList<>();
    if (!body.text("system", "").isEmpty()) {
      messages.add(ChatMessage.system(body.text("system")));
    }
    messages.add(ChatMessage.user(body.text("prompt", "")));
    return call(body, caller, new Turn(name(body), messages, ToolUse.NONE));
  }

  private record Turn(String name, List<ChatMessage> messages, ToolUse tools) {}

  private ChatCall call(Fields body, Caller caller, Turn turn) {
    boolean thinking = model.thinks(turn.name(), think(body));
    return new ChatCall(
        turn.name(),
        turn.messages(),
        turn.tools(),
        thinking,
        format(body),
        SamplingReader.build(sampling(body)),
        1,
        caller.id());
  }

  private static Optional<Boolean> think(Fields body) {
    JsonNode raw = body.raw("think");
    if (raw == null) {
      return Optional.empty();
    }
    if (raw.isString()) {
      body.choice("think", "high", List.of("low", "medium", "high"));
      return Optional.of(true);
    }
    return Optional.of(body.flag("think", true));
  }

  /// The options that mean something here, with Ollama's names and defaults.
  static SamplingParameters.Builder sampling(Fields body) {
    Fields options = body.object("options").orElseGet(() -> new Fields(Json.object(), "options"));
    int predict = options.integer("num_predict", -1, -2, Integer.MAX_VALUE);
    SamplingParameters.Builder builder =
        SamplingParameters.builder()
            .temperature(Math.min(2, options.number("temperature", 0.8, 0, 100)))
            .topK(Math.max(0, options.integer("top_k", 40, -1, 1_000_000)))
            .topP(Math.max(1e-9, options.number("top_p", 0.9, 0, 1)))
            .minP(options.number("min_p", 0, 0, 1))
            .maxTokens(predict < 0 ? Integer.MAX_VALUE : Math.max(1, predict))
            .penalties(
                new SamplingParameters.Penalties(
                    options.number("frequency_penalty", 0, -2, 2),
                    options.number("presence_penalty", 0, -2, 2),
                    options.number("repeat_penalty", 1, 0.01, 10)));
    if (options.has("seed")) {
      builder.seed(options.whole("seed", 0, Long.MIN_VALUE, Long.MAX_VALUE));
    }
    SamplingReader.stops(options, "stop").forEach(builder::stop);
    JsonNode think = body.raw("think");
    if (think != null && think.asString("").equals("low")) {
      SamplingReader.effort("low", builder);
    }
    return builder;
  }

  private static Optional<Grammar> format(Fields body) {
    JsonNode raw = body.raw("format");
    if (raw == null || (raw.isString() && raw.stringValue().isEmpty())) {
      return Optional.empty();
    }
    if (raw.isString()) {
      body.choice("format", "json", List.of("json"));
      return Optional.of(Grammar.jsonObject());
    }
    ObjectNode schema = body.object("format").map(Fields::node).orElseThrow();
    return Optional.of(DeepSeekRequests.schemaGrammar(schema, "format"));
  }

  private ChatMessage message(Fields fields) {
    String tag = fields.text("role").toLowerCase(Locale.ROOT);
    if (fields.has("images") && !fields.texts("images", MOST).isEmpty()) {
      throw ApiException.format(
          fields.at("images"), fields.at("images") + ": this model reads text only");
    }
    Role role;
    try {
      role = Role.of(tag);
    } catch (IllegalArgumentException e) {
      throw ApiException.format(
          fields.at("role"), "invalid role: " + fields.at("role") + ": " + e.getMessage());
    }
    List<ToolCall> calls = new ArrayList<>();
    for (Fields call : fields.objects("tool_calls", ToolUse.MOST)) {
      Fields function = call.object("function").orElse(call);
      ObjectNode arguments = function.object("arguments").map(Fields::node).orElseGet(Json::object);
      calls.add(new ToolCall(call.text("id", ""), function.text("name"), Json.text(arguments)));
    }
    String reasoning = model.card().earlierReasoning().isRead() ? fields.text("thinking", "") : "";
    return new ChatMessage(
        role,
        fields.text("content", ""),
        reasoning,
        calls,
        fields.text("tool_call_id", ""),
        fields.text("tool_name", ""),
        false);
  }
}
