package fathom.server;

import fathom.generation.Grammar;
import fathom.generation.SamplingParameters;
import fathom.generation.UnsupportedSchemaException;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.Role;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads the body of `POST /chat/completions` as DeepSeek documents it, OpenAI's additions
/// included.
final class DeepSeekRequests {
  private static final int MOST_CHOICES = 8;
  private static final Pattern USER_ID = Pattern.compile("[a-zA-Z0-9_-]{1,512}");
  private static final List<String> EFFORTS =
      List.of("none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra");

  private final ServedModel model;

  DeepSeekRequests(ServedModel model) {
    this.model = model;
  }

  /// The request, checked.
  ///
  /// @throws ApiException 400 or 422 naming the field
  ChatCall read(Fields body, Caller caller) {
    String name = body.text("model");
    if (!model.isNamed(name)) {
      throw ApiException.format("model", "Model Not Exist");
    }
    String effort = effort(body);
    boolean thinking = model.thinks(name, askedThinking(body, effort));
    boolean reasoner = name.equals(ServedModel.REASONER) && thinking;
    List<ChatMessage> messages = MessageReader.read(body);
    ToolUse tools = tools(body, thinking);
    if (thinking) {
      checkReasoning(body, messages, tools);
    }
    SamplingParameters.Builder sampling = SamplingReader.read(body, thinking, reasoner);
    SamplingReader.effort(effort, sampling);
    body.object("thinking")
        .filter(fields -> fields.has("budget_tokens"))
        .ifPresent(
            fields ->
                sampling.thinkingBudget(fields.integer("budget_tokens", 0, 0, Integer.MAX_VALUE)));
    logProbabilities(body, sampling, reasoner);
    int choices = body.integer("n", 1, 1, MOST_CHOICES);
    return new ChatCall(
        name,
        messages,
        tools,
        thinking,
        grammar(body, messages, tools),
        SamplingReader.build(sampling),
        choices,
        cacheUser(body, caller));
  }

  private static String effort(Fields body) {
    String effort = body.choice("reasoning_effort", "high", EFFORTS);
    return switch (effort) {
      case "minimal" -> "low";
      case "medium", "xhigh" -> "high";
      case "ultra" -> "max";
      default -> effort;
    };
  }

  private static Optional<Boolean> askedThinking(Fields body, String effort) {
    if (effort.equals("none")) {
      return Optional.of(false);
    }
    return body.object("thinking")
        .map(
            thinking ->
                !thinking
                    .choice("type", "enabled", List.of("enabled", "disabled", "adaptive"))
                    .equals("disabled"));
  }

  private static ToolUse tools(Fields body, boolean thinking) {
    List<Fields> tools = body.objects("tools", ToolUse.MOST);
    ToolUse.Choice choice = choice(body);
    boolean forced = choice.mode().equals("required") || choice.mode().equals("function");
    if (forced && thinking) {
      throw ApiException.format(
          "tool_choice",
          "Invalid tool_choice: 'required' and a named function are not supported in thinking mode");
    }
    return ToolUse.of(tools, choice);
  }

  private static ToolUse.Choice choice(Fields body) {
    JsonNode raw = body.raw("tool_choice");
    if (raw == null) {
      return ToolUse.Choice.AUTO;
    }
    if (raw.isString()) {
      return new ToolUse.Choice(
          body.choice("tool_choice", "auto", List.of("none", "auto", "required")), "");
    }
    Fields named = body.object("tool_choice").orElseThrow();
    named.choice("type", "function", List.of("function"));
    return new ToolUse.Choice(
        "function",
        named.object("function").map(f -> f.text("name")).orElseGet(() -> named.text("name")));
  }

  /// Both rules for `reasoning_content` in the input: in the R1 era it is an error; since V3.2 it
  /// must come back, if only as an empty text, in answers that called tools, and is ignored
  /// elsewhere.
  private void checkReasoning(Fields body, List<ChatMessage> messages, ToolUse tools) {
    List<Fields> fields = body.objects("messages", MessageReader.MOST_MESSAGES);
    boolean read = model.card().earlierReasoning().isRead();
    int firstNeeded = tools.definitions().isEmpty() ? messages.size() : firstNeeded(messages);
    for (int i = 0; i < messages.size(); i++) {
      ChatMessage message = messages.get(i);
      String at = "messages[" + i + "].reasoning_content";
      boolean continued = message.prefix() && i == messages.size() - 1;
      if (!read && !continued && !message.reasoning().isEmpty()) {
        throw ApiException.format(
            at,
            "Invalid "
                + at
                + ": this model doesn't take reasoning_content of earlier turns; leave it out");
      }
      boolean called = message.role() == Role.ASSISTANT && !message.toolCalls().isEmpty();
      if (read && i >= firstNeeded && called && !fields.get(i).has("reasoning_content")) {
        throw ApiException.format(
            at,
            "Missing " + at + ": the model needs the reasoning back with which it called tools");
      }
    }
  }

  /// The first message from which on the model reads the reasoning of answers that called tools.
  private int firstNeeded(List<ChatMessage> messages) {
    if (model.card().earlierReasoning() == ModelCard.EarlierReasoning.KEPT) {
      return 0;
    }
    int question = messages.size() - 1;
    while (question >= 0 && messages.get(question).role() != Role.USER) {
      question--;
    }
    return question + 1;
  }

  private static void logProbabilities(
      Fields body, SamplingParameters.Builder sampling, boolean reasoner) {
    boolean wanted = body.flag("logprobs", false);
    int top = body.integer("top_logprobs", 0, 0, SamplingParameters.MAX_TOP_LOGPROBS);
    if (reasoner && (wanted || body.has("top_logprobs"))) {
      throw ApiException.format(
          "logprobs", "deepseek-reasoner does not support logprobs and top_logprobs");
    }
    if (top > 0 && !wanted) {
      throw ApiException.format("top_logprobs", "Invalid top_logprobs: needs logprobs to be true");
    }
    if (wanted) {
      sampling.logProbabilities(top);
    }
  }

  private static Optional<Grammar> grammar(Fields body, List<ChatMessage> messages, ToolUse tools) {
    if (tools.forced().isPresent()) {
      return tools.forced();
    }
    Optional<Fields> format = body.object("response_format");
    if (format.isEmpty()) {
      return Optional.empty();
    }
    String type =
        format.get().choice("type", "text", List.of("text", "json_object", "json_schema"));
    return switch (type) {
      case "json_object" -> {
        requireJsonInPrompt(messages);
        yield Optional.of(Grammar.jsonObject());
      }
      case "json_schema" -> Optional.of(schema(format.get()));
      default -> Optional.empty();
    };
  }

  private static void requireJsonInPrompt(List<ChatMessage> messages) {
    boolean named =
        messages.stream().anyMatch(m -> m.content().toLowerCase(Locale.ROOT).contains("json"));
    if (!named) {
      throw ApiException.format(
          "messages",
          "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'.");
    }
  }

  private static Grammar schema(Fields format) {
    Fields described =
        format
            .object("json_schema")
            .orElseThrow(
                () ->
                    ApiException.format(
                        format.at("json_schema"),
                        "Invalid Format: missing field '" + format.at("json_schema") + "'"));
    ObjectNode schema = described.object("schema").map(Fields::node).orElseGet(Json::object);
    return schemaGrammar(schema, described.at("schema"));
  }

  /// A grammar for a schema of the request.
  static Grammar schemaGrammar(JsonNode schema, String at) {
    try {
      return Grammar.jsonSchema(Json.text(schema));
    } catch (UnsupportedSchemaException e) {
      throw ApiException.format(at, "Invalid " + at + ": " + e.getMessage());
    }
  }

  /// Caches and scheduling are kept apart by account and, inside it, by `user_id`.
  static String cacheUser(Fields body, Caller caller) {
    String user = body.textOrNull("user_id");
    if (user == null) {
      return caller.id();
    }
    if (!USER_ID.matcher(user).matches()) {
      throw ApiException.parameter(
          "user_id", "Invalid user_id: expected 1 to 512 of a-z, A-Z, 0-9, - and _");
    }
    // An account's id has no colon. The hash keeps the name within the engine's limit of 512
    // characters.
    return user.length() > 400
        ? caller.id() + ":#" + Digests.sha256(user)
        : caller.id() + ":" + user;
  }
}
