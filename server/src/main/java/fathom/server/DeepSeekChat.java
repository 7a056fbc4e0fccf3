package fathom.server;

import fathom.tokenizer.ReplyPart;
import java.time.Clock;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/// `POST /chat/completions`: DeepSeek's and OpenAI's chat, in one piece or streamed.
final class DeepSeekChat {
  private final Generations generations;
  private final DeepSeekRequests requests;
  private final LimitsConfig limits;
  private final Clock clock;

  DeepSeekChat(Generations generations, LimitsConfig limits, Clock clock) {
    this.generations = generations;
    this.requests = new DeepSeekRequests(generations.model());
    this.limits = limits;
    this.clock = clock;
  }

  /// Answers one request.
  void handle(Exchange exchange) {
    Fields body = exchange.body(limits.bodyBytes());
    ChatCall call = requests.read(body, exchange.caller());
    boolean streams = body.flag("stream", false);
    boolean usageChunk =
        body.object("stream_options")
            .map(options -> options.flag("include_usage", false))
            .orElse(false);
    Generations.Order order = generations.order(call);
    ReplyHead head = head("chat.completion", call.model());
    ReplySink sink =
        streams
            ? new Chunks(exchange, head, usageChunk, call, generations.model())
            : new Whole(exchange, head, call, generations.model());
    generations.run(exchange.caller(), order, sink, exchange::finished);
  }

  private ReplyHead head(String object, String name) {
    return new ReplyHead(
        UUID.randomUUID().toString(),
        object,
        clock.instant().getEpochSecond(),
        name,
        generations.model().fingerprint());
  }

  /// Token counts as DeepSeek and OpenAI name them.
  static ObjectNode usage(TokenUsage usage) {
    ObjectNode node =
        Json.object()
            .put("prompt_tokens", usage.promptTokens())
            .put("completion_tokens", usage.completionTokens())
            .put("total_tokens", usage.totalTokens())
            .put("prompt_cache_hit_tokens", usage.cacheHitTokens())
            .put("prompt_cache_miss_tokens", usage.cacheMissTokens());
    node.putObject("prompt_tokens_details").put("cached_tokens", usage.cacheHitTokens());
    node.putObject("completion_tokens_details").put("reasoning_tokens", usage.reasoningTokens());
    return node;
  }

  /// The answer in one piece; empty lines keep the connection while it is computed.
  private static final class Whole extends WholeReply {
    private final ReplyHead head;
    private final ChoiceBuilder[] choices;

    Whole(Exchange exchange, ReplyHead head, ChatCall call, ServedModel model) {
      super(exchange);
      this.head = head;
      choices = new ChoiceBuilder[call.choices()];
      for (int i = 0; i < choices.length; i++) {
        choices[i] = new ChoiceBuilder(call, model);
      }
    }

    @Override
    public void part(int choice, ReplyReader.Part part) {
      choices[choice].add(part);
    }

    @Override
    public void end(int choice, String finish, TokenUsage usage) {
      choices[choice].finish(finish);
    }

    @Override
    public void complete(TokenUsage usage) {
      ObjectNode body = head.node();
      var array = body.putArray("choices");
      for (int i = 0; i < choices.length; i++) {
        array.add(choices[i].node(i));
      }
      body.set("usage", usage(usage));
      send(body);
    }
  }

  /// The answer as it grows.
  private static final class Chunks extends StreamedReply {
    private final ReplyHead head;
    private final boolean usageChunk;
    private final ChatCall call;
    private final LogProbabilityWriter logProbabilities;
    private int open;

    Chunks(
        Exchange exchange, ReplyHead head, boolean usageChunk, ChatCall call, ServedModel model) {
      super(exchange);
      this.head = head.as("chat.completion.chunk");
      this.usageChunk = usageChunk;
      this.call = call;
      this.open = call.choices();
      this.logProbabilities = new LogProbabilityWriter(model.source().tokenizer());
    }

    @Override
    public void begin(TokenUsage usage) {
      for (int i = 0; i < call.choices(); i++) {
        ObjectNode delta = Json.object().put("role", "assistant");
        if (call.thinking()) {
          delta.putNull("content").put("reasoning_content", "");
        } else {
          delta.put("content", "");
        }
        stream().data(chunk(i, delta, null));
      }
    }

    @Override
    public void part(int choice, ReplyReader.Part part) {
      ObjectNode delta = Json.object();
      String section = "content";
      switch (part.part()) {
        case ReplyPart.Reasoning reasoning -> {
          section = "reasoning_content";
          delta.putNull("content").put("reasoning_content", reasoning.text());
        }
        case ReplyPart.Content content -> {
          delta.put("content", content.text());
          if (call.thinking()) {
            delta.putNull("reasoning_content");
          }
        }
        case ReplyPart.CallBegin begin -> {
          ObjectNode fragment = fragment(delta, begin.index());
          fragment.put("id", ChoiceBuilder.callId(begin.index())).put("type", "function");
          fragment.putObject("function").put("name", begin.name()).put("arguments", "");
        }
        case ReplyPart.CallArguments arguments ->
            fragment(delta, arguments.index())
                .putObject("function")
                .put("arguments", arguments.fragment());
        case ReplyPart.CallEnd _ -> {
          return;
        }
      }
      ObjectNode chunk = chunk(choice, delta, null);
      if (call.sampling().logProbabilities().enabled()) {
        ((ObjectNode) chunk.get("choices").get(0))
            .set("logprobs", logProbabilities.chat(section, part.logProbabilities()));
      }
      stream().data(chunk);
    }

    private static ObjectNode fragment(ObjectNode delta, int index) {
      return delta.putArray("tool_calls").addObject().put("index", index);
    }

    @Override
    public void end(int choice, String finish, TokenUsage usage) {
      open--;
      ObjectNode delta = Json.object().put("content", "");
      if (call.thinking()) {
        delta.putNull("reasoning_content");
      }
      ObjectNode chunk = chunk(choice, delta, finish);
      if (open == 0 && !usageChunk) {
        chunk.set("usage", usage(usage));
      }
      stream().data(chunk);
    }

    @Override
    public void complete(TokenUsage usage) {
      if (usageChunk) {
        ObjectNode chunk = head.node();
        chunk.putArray("choices");
        chunk.set("usage", usage(usage));
        stream().data(chunk);
      }
      stream().done();
      close();
    }

    private ObjectNode chunk(
        int choice, ObjectNode delta, @org.jspecify.annotations.Nullable String finish) {
      ObjectNode chunk = head.node();
      ObjectNode entry = chunk.putArray("choices").addObject().put("index", choice);
      entry.set("delta", delta);
      entry.putNull("logprobs").put("finish_reason", finish);
      if (usageChunk) {
        chunk.putNull("usage");
      }
      return chunk;
    }
  }
}
