package fathom.server;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads the body of OpenAI's `POST /responses` by putting it into the words of a chat request.
/// Nothing is kept between requests, so a conversation comes whole, as items; parameters that have
/// no meaning here are ignored, as DeepSeek's own endpoint does.
final class ResponsesRequests {
  private final ServedModel model;
  private final DeepSeekRequests chats;

  ResponsesRequests(ServedModel model) {
    this.model = model;
    this.chats = new DeepSeekRequests(model);
  }

  /// The request, checked.
  ///
  /// @throws ApiException 400 or 422 naming the field
  ChatCall read(Fields body, Caller caller) {
    for (String stored : List.of("previous_response_id", "conversation")) {
      if (body.has(stored)) {
        throw ApiException.format(
            stored, "Invalid " + stored + ": responses are not stored; send the whole input");
      }
    }
    if (body.flag("background", false)) {
      throw ApiException.format("background", "Invalid background: it is not supported");
    }
    ObjectNode chat = Json.object().put("model", body.text("model"));
    chat.set("messages", new Conversation(model, body).messages());
    for (String same : List.of("temperature", "top_p", "user_id")) {
      copy(body, same, chat, same);
    }
    copy(body, "max_output_tokens", chat, "max_tokens");
    body.object("reasoning")
        .ifPresent(reasoning -> copy(reasoning, "effort", chat, "reasoning_effort"));
    body.object("text")
        .flatMap(text -> text.object("format"))
        .ifPresent(format -> chat.set("response_format", format(format)));
    List<Fields> tools = body.objects("tools", ToolUse.MOST);
    if (!tools.isEmpty()) {
      ArrayNode array = chat.putArray("tools");
      tools.forEach(tool -> array.add(tool(tool)));
    }
    copy(body, "tool_choice", chat, "tool_choice");
    return chats.read(new Fields(chat, ""), caller);
  }

  private static void copy(Fields from, String name, ObjectNode to, String other) {
    JsonNode value = from.raw(name);
    if (value != null) {
      to.set(other, value);
    }
  }

  /// The form of the answer, whose schema stands one level higher here.
  private static ObjectNode format(Fields format) {
    ObjectNode node = Json.object().put("type", format.text("type"));
    if (format.has("schema")) {
      ObjectNode described = node.putObject("json_schema");
      copy(format, "name", described, "name");
      copy(format, "schema", described, "schema");
    }
    return node;
  }

  private static ObjectNode tool(Fields tool) {
    String type = tool.text("type");
    if (!type.equals("function")) {
      throw ApiException.format(
          tool.at("type"),
          "Invalid " + tool.at("type") + ": expected 'function', found '" + type + "'");
    }
    ObjectNode node = Json.object().put("type", "function");
    ObjectNode function = node.putObject("function");
    for (String name : List.of("name", "description", "parameters", "strict")) {
      copy(tool, name, function, name);
    }
    return node;
  }

  /// The items of the input, gathered into messages: reasoning, text and calls of one answer are
  /// items of their own.
  private static final class Conversation {
    private static final int MOST_ITEMS = 8192;

    private final boolean readsReasoning;
    private final ArrayNode messages = Json.array();
    private @Nullable ObjectNode answer;

    Conversation(ServedModel model, Fields body) {
      readsReasoning = model.card().earlierReasoning().isRead();
      String instructions = body.text("instructions", "");
      if (!instructions.isEmpty()) {
        message("system").put("content", instructions);
      }
      JsonNode input = body.raw("input");
      if (input != null && input.isString()) {
        message("user").set("content", input);
      } else {
        body.objects("input", MOST_ITEMS).forEach(this::add);
      }
    }

    ArrayNode messages() {
      return messages;
    }

    private ObjectNode message(String role) {
      answer = null;
      return messages.addObject().put("role", role);
    }

    /// The answer that is being gathered.
    private ObjectNode answer() {
      ObjectNode open = answer;
      if (open == null) {
        open = message("assistant").put("content", "").put("reasoning_content", "");
        answer = open;
      }
      return open;
    }

    private void add(Fields item) {
      switch (item.text("type", "message")) {
        case "message" -> said(item);
        case "reasoning" -> thought(item);
        case "function_call" -> called(item);
        case "function_call_output" ->
            message("tool")
                .put("tool_call_id", item.text("call_id"))
                .put("content", text(item, "output"));
        default ->
            throw ApiException.format(
                item.at("type"),
                "Invalid "
                    + item.at("type")
                    + ": expected message, reasoning, function_call or function_call_output");
      }
    }

    private void said(Fields item) {
      String role = item.text("role");
      String text = text(item, "content");
      if (!role.equals("assistant")) {
        message(role).put("content", text);
        return;
      }
      if (!answer().path("content").asString("").isEmpty() || answer().has("tool_calls")) {
        answer = null;
      }
      answer().put("content", text);
    }

    /// Models that don't read earlier reasoning are spared it: clients send back all they got.
    private void thought(Fields item) {
      if (!readsReasoning) {
        return;
      }
      answer = null;
      String text = text(item, "content");
      answer().put("reasoning_content", text.isEmpty() ? text(item, "summary") : text);
    }

    private void called(Fields item) {
      ObjectNode call =
          answer().withArray("tool_calls").addObject().put("id", item.text("call_id"));
      call.put("type", "function")
          .putObject("function")
          .put("name", item.text("name"))
          .put("arguments", item.text("arguments", "{}"));
    }

    /// A text, or the texts of parts.
    private static String text(Fields item, String name) {
      JsonNode raw = item.raw(name);
      if (raw == null) {
        return "";
      }
      if (raw.isString()) {
        return raw.stringValue();
      }
      StringBuilder text = new StringBuilder();
      for (Fields part : item.objects(name, MOST_ITEMS)) {
        Optional<String> of = Optional.ofNullable(part.textOrNull("text"));
        text.append(
            of.or(() -> Optional.ofNullable(part.textOrNull("refusal")))
                .orElseThrow(
                    () ->
                        ApiException.format(
                            part.at("type"),
                            "Invalid " + part.at("type") + ": this model reads text only")));
      }
      return text.toString();
    }
  }
}
