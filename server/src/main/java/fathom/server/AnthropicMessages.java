package fathom.server;

import fathom.tokenizer.ReplyPart;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's `POST /v1/messages` and `count_tokens`: content blocks instead of messages, named
/// events instead of chunks.
final class AnthropicMessages {
  private final Generations generations;
  private final AnthropicRequests requests;
  private final LimitsConfig limits;

  AnthropicMessages(Generations generations, LimitsConfig limits) {
    this.generations = generations;
    this.requests = new AnthropicRequests(generations.model());
    this.limits = limits;
  }

  void lay(Router router) {
    for (String base : List.of("", "/anthropic")) {
      router.post(base + "/v1/messages", this::handle);
      router.post(base + "/v1/messages/count_tokens", this::count);
    }
  }

  private void handle(Exchange exchange) {
    Fields body = exchange.body(limits.bodyBytes());
    ChatCall call = requests.read(body, exchange.caller(), false);
    Generations.Order order = generations.order(call);
    ReplySink sink =
        body.flag("stream", false)
            ? new Events(exchange, call.model())
            : new Whole(exchange, call, generations.model());
    generations.run(exchange.caller(), order, sink, exchange::finished);
  }

  private void count(Exchange exchange) {
    ChatCall call = requests.read(exchange.body(limits.bodyBytes()), exchange.caller(), true);
    int tokens = generations.order(call).request().prompt().length;
    exchange.json(200, Json.object().put("input_tokens", tokens));
  }

  private static ObjectNode head(String model, TokenUsage usage) {
    ObjectNode node =
        Json.object()
            .put("id", "msg_" + UUID.randomUUID().toString().replace("-", ""))
            .put("type", "message")
            .put("role", "assistant")
            .put("model", model);
    node.putArray("content");
    node.putNull("stop_reason").putNull("stop_sequence");
    node.set("usage", usage(usage));
    return node;
  }

  /// Anthropic counts cached prompt tokens apart from `input_tokens`.
  private static ObjectNode usage(TokenUsage usage) {
    return Json.object()
        .put("input_tokens", usage.cacheMissTokens())
        .put("cache_creation_input_tokens", 0)
        .put("cache_read_input_tokens", usage.cacheHitTokens())
        .put("output_tokens", usage.completionTokens());
  }

  private static String stopReason(String finish, @Nullable String stopString) {
    return switch (finish) {
      case "tool_calls" -> "tool_use";
      case "length", "insufficient_system_resource" -> "max_tokens";
      default -> stopString == null ? "end_turn" : "stop_sequence";
    };
  }

  private static final class Whole extends WholeReply {
    private final ChatCall call;
    private final ChoiceBuilder choice;
    private @Nullable String stopString;

    Whole(Exchange exchange, ChatCall call, ServedModel model) {
      super(exchange);
      this.call = call;
      this.choice = new ChoiceBuilder(call, model);
    }

    @Override
    public void part(int index, ReplyReader.Part part) {
      choice.add(part);
    }

    @Override
    public void stopped(int index, String text) {
      stopString = text;
    }

    @Override
    public void end(int index, String finish, TokenUsage usage) {
      choice.finish(finish);
    }

    @Override
    public void complete(TokenUsage usage) {
      ObjectNode body = head(call.model(), usage);
      ArrayNode content = body.putArray("content");
      if (!choice.reasoning().isEmpty()) {
        content
            .addObject()
            .put("type", "thinking")
            .put("thinking", choice.reasoning())
            .put("signature", "");
      }
      if (!choice.content().isEmpty() || choice.calls().isEmpty()) {
        content.addObject().put("type", "text").put("text", choice.content());
      }
      for (ChoiceBuilder.Called called : choice.calls()) {
        content
            .addObject()
            .put("type", "tool_use")
            .put("id", called.id().replaceFirst("call_", "toolu_"))
            .put("name", called.name())
            .set("input", arguments(called.arguments().toString()));
      }
      body.put("stop_reason", stopReason(choice.finish(), stopString))
          .put("stop_sequence", stopString);
      send(body);
    }

    /// A model may write broken arguments; the client then sees the text under one key rather than
    /// an error.
    private static JsonNode arguments(String text) {
      try {
        JsonNode node = Json.parse(text);
        return node.isObject() ? node : Json.object().set("_", node);
      } catch (ApiException e) {
        return Json.object().put("_", text);
      }
    }
  }

  private static final class Events extends StreamedReply {
    private final String model;
    private int block = -1;
    private String kind = "";
    private @Nullable String stopString;
    private String finish = "stop";

    Events(Exchange exchange, String model) {
      super(exchange);
      this.model = model;
    }

    @Override
    public void begin(TokenUsage usage) {
      ObjectNode start = Json.object().put("type", "message_start");
      start.set("message", head(model, usage));
      stream().event("message_start", start);
    }

    @Override
    public void waiting() {
      stream().event("ping", Json.object().put("type", "ping"));
    }

    @Override
    public void part(int choice, ReplyReader.Part part) {
      switch (part.part()) {
        case ReplyPart.Reasoning text -> {
          open(
              "thinking",
              () -> Json.object().put("type", "thinking").put("thinking", "").put("signature", ""));
          delta(Json.object().put("type", "thinking_delta").put("thinking", text.text()));
        }
        case ReplyPart.Content text -> {
          open("text", () -> Json.object().put("type", "text").put("text", ""));
          delta(Json.object().put("type", "text_delta").put("text", text.text()));
        }
        case ReplyPart.CallBegin begin -> {
          close(kind);
          open("call " + begin.index(), () -> call(begin));
        }
        case ReplyPart.CallArguments arguments ->
            delta(
                Json.object()
                    .put("type", "input_json_delta")
                    .put("partial_json", arguments.fragment()));
        case ReplyPart.CallEnd _ -> close(kind);
      }
    }

    private static ObjectNode call(ReplyPart.CallBegin begin) {
      ObjectNode node =
          Json.object()
              .put("type", "tool_use")
              .put("id", ChoiceBuilder.callId(begin.index()).replaceFirst("call_", "toolu_"))
              .put("name", begin.name());
      node.putObject("input");
      return node;
    }

    private void open(String wanted, java.util.function.Supplier<ObjectNode> content) {
      if (kind.equals(wanted)) {
        return;
      }
      close(kind);
      kind = wanted;
      block++;
      ObjectNode start = Json.object().put("type", "content_block_start").put("index", block);
      start.set("content_block", content.get());
      stream().event("content_block_start", start);
    }

    private void close(String open) {
      if (open.isEmpty()) {
        return;
      }
      if (open.equals("thinking")) {
        delta(Json.object().put("type", "signature_delta").put("signature", ""));
      }
      kind = "";
      stream()
          .event(
              "content_block_stop",
              Json.object().put("type", "content_block_stop").put("index", block));
    }

    private void delta(ObjectNode delta) {
      ObjectNode event = Json.object().put("type", "content_block_delta").put("index", block);
      event.set("delta", delta);
      stream().event("content_block_delta", event);
    }

    @Override
    public void stopped(int choice, String text) {
      stopString = text;
    }

    @Override
    public void end(int choice, String reason, TokenUsage usage) {
      finish = reason;
      close(kind);
    }

    @Override
    public void complete(TokenUsage usage) {
      ObjectNode event = Json.object().put("type", "message_delta");
      event
          .putObject("delta")
          .put("stop_reason", stopReason(finish, stopString))
          .put("stop_sequence", stopString);
      event.set("usage", usage(usage));
      stream().event("message_delta", event);
      stream().event("message_stop", Json.object().put("type", "message_stop"));
      close();
    }

    @Override
    void failed(SseStream begun, JsonNode error) {
      begun.event("error", error);
    }
  }
}
