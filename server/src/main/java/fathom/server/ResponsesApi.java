package fathom.server;

import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// `POST /responses`: OpenAI's Responses protocol, in one piece or streamed. Nothing is stored, so
/// there is nothing to fetch, to continue or to delete by its id.
final class ResponsesApi {
  private final Generations generations;
  private final ResponsesRequests requests;
  private final LimitsConfig limits;
  private final Clock clock;

  ResponsesApi(Generations generations, LimitsConfig limits, Clock clock) {
    this.generations = generations;
    this.requests = new ResponsesRequests(generations.model());
    this.limits = limits;
    this.clock = clock;
  }

  void lay(Router router) {
    for (String base : List.of("", "/v1")) {
      router.post(base + "/responses", this::handle);
    }
  }

  private void handle(Exchange exchange) {
    Fields body = exchange.body(limits.bodyBytes());
    ChatCall call = requests.read(body, exchange.caller());
    Generations.Order order = generations.order(call);
    ObjectNode head = head(body, call);
    ReplySink sink =
        body.flag("stream", false) ? new Events(exchange, head) : new Whole(exchange, head);
    generations.run(exchange.caller(), order, sink, exchange::finished);
  }

  /// What a response says of itself before it has any output: mostly the request's parameters.
  private ObjectNode head(Fields body, ChatCall call) {
    ObjectNode node =
        Json.object()
            .put("id", "resp_" + UUID.randomUUID().toString().replace("-", ""))
            .put("object", "response")
            .put("created_at", clock.instant().getEpochSecond())
            .put("status", "in_progress")
            .put("model", call.model());
    node.putNull("error").putNull("incomplete_details");
    echo(node, body, "instructions", null);
    echo(node, body, "max_output_tokens", null);
    node.putArray("output");
    node.put("parallel_tool_calls", true).putNull("previous_response_id").put("store", false);
    echo(node, body, "reasoning", Json.object().putNull("effort").putNull("summary"));
    node.put("temperature", body.number("temperature", 1, 0, 2));
    node.put("top_p", body.number("top_p", 1, 0, 1));
    ObjectNode plain = Json.object();
    plain.putObject("format").put("type", "text");
    echo(node, body, "text", plain);
    echo(node, body, "tool_choice", StringNode.valueOf("auto"));
    echo(node, body, "tools", Json.array());
    echo(node, body, "metadata", Json.object());
    return node.put("truncation", "disabled").putNull("usage");
  }

  private static void echo(
      ObjectNode node, Fields body, String name, @Nullable JsonNode otherwise) {
    JsonNode given = body.raw(name);
    node.set(name, given == null ? otherwise : given);
  }

  /// The response as it is at its end.
  private static ObjectNode ended(
      ObjectNode head, ResponseOutput output, String finish, TokenUsage usage) {
    ObjectNode node = head.deepCopy();
    boolean cut = isCut(finish);
    node.put("status", cut ? "incomplete" : "completed");
    if (cut) {
      node.putObject("incomplete_details").put("reason", "max_output_tokens");
    }
    node.set("output", output.items());
    ObjectNode counts = node.putObject("usage").put("input_tokens", usage.promptTokens());
    counts
        .putObject("input_tokens_details")
        .put("cached_tokens", usage.cacheHitTokens())
        .put("cache_write_tokens", 0);
    counts.put("output_tokens", usage.completionTokens());
    counts.putObject("output_tokens_details").put("reasoning_tokens", usage.reasoningTokens());
    counts.put("total_tokens", usage.totalTokens());
    return node;
  }

  private static boolean isCut(String finish) {
    return finish.equals("length") || finish.equals("insufficient_system_resource");
  }

  private static final class Whole extends WholeReply {
    private final ObjectNode head;
    private final ResponseOutput output = new ResponseOutput((_, _) -> {});
    private String finish = "stop";

    Whole(Exchange exchange, ObjectNode head) {
      super(exchange);
      this.head = head;
    }

    @Override
    public void part(int choice, ReplyReader.Part part) {
      output.add(part.part());
    }

    @Override
    public void end(int choice, String reason, TokenUsage usage) {
      finish = reason;
      output.close(isCut(reason) ? "incomplete" : "completed");
    }

    @Override
    public void complete(TokenUsage usage) {
      send(ended(head, output, finish, usage));
    }
  }

  private static final class Events extends StreamedReply {
    private final ObjectNode head;
    private final ResponseOutput output = new ResponseOutput(this::event);
    private String finish = "stop";
    private int number;

    Events(Exchange exchange, ObjectNode head) {
      super(exchange);
      this.head = head;
    }

    private void event(String type, ObjectNode data) {
      ObjectNode event = Json.object().put("type", type).put("sequence_number", number++);
      event.setAll(data);
      stream().event(type, event);
    }

    private void tell(String type, JsonNode response) {
      ObjectNode data = Json.object();
      data.set("response", response);
      event(type, data);
    }

    @Override
    public void begin(TokenUsage usage) {
      tell("response.created", head);
      tell("response.in_progress", head);
    }

    @Override
    public void part(int choice, ReplyReader.Part part) {
      output.add(part.part());
    }

    @Override
    public void end(int choice, String reason, TokenUsage usage) {
      finish = reason;
      output.close(isCut(reason) ? "incomplete" : "completed");
    }

    @Override
    public void complete(TokenUsage usage) {
      ObjectNode response = ended(head, output, finish, usage);
      tell(isCut(finish) ? "response.incomplete" : "response.completed", response);
      close();
    }

    @Override
    void failed(SseStream begun, JsonNode error) {
      JsonNode reason = error.path("error");
      ObjectNode data = Json.object();
      for (String name : List.of("code", "message", "param")) {
        data.set(name, reason.path(name));
      }
      event("error", data);
    }
  }
}
