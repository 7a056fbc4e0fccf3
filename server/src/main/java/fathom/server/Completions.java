package fathom.server;

import fathom.generation.GenerationRequest;
import fathom.generation.SamplingParameters;
import fathom.generation.TokenLogProbabilities;
import fathom.tokenizer.ReplyPart;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /completions` and `/beta/completions`: plain continuation, and what stands between a
/// prefix and a suffix.
final class Completions {
  private final Generations generations;
  private final LimitsConfig limits;
  private final Clock clock;

  Completions(Generations generations, LimitsConfig limits, Clock clock) {
    this.generations = generations;
    this.limits = limits;
    this.clock = clock;
  }

  /// Answers one request.
  void handle(Exchange exchange) {
    Fields body = exchange.body(limits.bodyBytes());
    ServedModel model = generations.model();
    String name = body.text("model");
    if (!model.isNamed(name)) {
      throw ApiException.format("model", "Model Not Exist");
    }
    String prompt = prompt(body);
    String suffix = body.text("suffix", "");
    int log = body.integer("logprobs", -1, 0, SamplingParameters.MAX_TOP_LOGPROBS);
    SamplingParameters.Builder sampling = SamplingReader.read(body, false, false);
    if (log >= 0) {
      sampling.logProbabilities(log);
    }
    int[] ids = suffix.isEmpty() ? model.plain(prompt) : model.fillInMiddle(prompt, suffix);
    if (ids.length == 0) {
      throw ApiException.format("prompt", "Invalid prompt: it has no tokens");
    }
    GenerationRequest request =
        GenerationRequest.builder(ids)
            .sampling(generations.fitted(SamplingReader.build(sampling), ids.length))
            .user(DeepSeekRequests.cacheUser(body, exchange.caller()))
            .build();
    int choices = body.integer("n", 1, 1, 8);
    Text text = new Text(model, log >= 0, body.flag("echo", false) ? prompt : "", choices);
    ReplyHead head =
        new ReplyHead(
            UUID.randomUUID().toString(),
            "text_completion",
            clock.instant().getEpochSecond(),
            name,
            model.fingerprint());
    boolean usageChunk =
        body.object("stream_options")
            .map(options -> options.flag("include_usage", false))
            .orElse(false);
    ReplySink sink =
        body.flag("stream", false)
            ? new Chunks(exchange, head, text, usageChunk)
            : new Whole(exchange, head, text);
    Generations.Order order =
        new Generations.Order(request, choices, false, ReplyReader.ToolReading.PLAIN);
    generations.run(exchange.caller(), order, sink, exchange::finished);
  }

  private static String prompt(Fields body) {
    List<String> prompts = body.texts("prompt", 1);
    if (prompts.isEmpty()) {
      throw ApiException.format("prompt", "Invalid Format: missing field 'prompt'");
    }
    return prompts.getFirst();
  }

  /// What both forms of answer need to know.
  private record Text(ServedModel model, boolean logs, String echo, int choices) {
    ObjectNode choice(int index, String text, @Nullable ObjectNode log, @Nullable String finish) {
      ObjectNode node = Json.object().put("index", index).put("text", text);
      node.set("logprobs", log);
      return node.put("finish_reason", finish);
    }

    /// The old form of log-probabilities: parallel arrays.
    ObjectNode log(List<TokenLogProbabilities> tokens, int offset) {
      LogProbabilityWriter writer = new LogProbabilityWriter(model.source().tokenizer());
      ObjectNode node = Json.object();
      ArrayNode offsets = node.putArray("text_offset");
      ArrayNode values = node.putArray("token_logprobs");
      ArrayNode texts = node.putArray("tokens");
      ArrayNode tops = node.putArray("top_logprobs");
      int at = offset;
      for (TokenLogProbabilities token : tokens) {
        String text = writer.text(token.id());
        offsets.add(at);
        values.add(LogProbabilityWriter.finite(token.logProbability()));
        texts.add(text);
        ObjectNode top = tops.addObject();
        token
            .top()
            .forEach(
                c -> top.put(writer.text(c.id()), LogProbabilityWriter.finite(c.logProbability())));
        at += text.length();
      }
      return node;
    }
  }

  private static String content(ReplyReader.Part part) {
    return part.part() instanceof ReplyPart.Content content ? content.text() : "";
  }

  private static final class Whole extends WholeReply {
    private final ReplyHead head;
    private final Text text;
    private final StringBuilder[] texts;
    private final List<List<TokenLogProbabilities>> logs = new java.util.ArrayList<>();
    private final String[] finishes;

    Whole(Exchange exchange, ReplyHead head, Text text) {
      super(exchange);
      this.head = head;
      this.text = text;
      texts = new StringBuilder[text.choices()];
      finishes = new String[text.choices()];
      for (int i = 0; i < texts.length; i++) {
        texts[i] = new StringBuilder(text.echo());
        logs.add(new java.util.ArrayList<>());
      }
    }

    @Override
    public void part(int choice, ReplyReader.Part part) {
      texts[choice].append(content(part));
      logs.get(choice).addAll(part.logProbabilities());
    }

    @Override
    public void end(int choice, String finish, TokenUsage usage) {
      finishes[choice] = finish;
    }

    @Override
    public void complete(TokenUsage usage) {
      ObjectNode body = head.node();
      ArrayNode array = body.putArray("choices");
      for (int i = 0; i < texts.length; i++) {
        ObjectNode log = text.logs() ? text.log(logs.get(i), text.echo().length()) : null;
        array.add(text.choice(i, texts[i].toString(), log, finishes[i]));
      }
      body.set("usage", DeepSeekChat.usage(usage));
      send(body);
    }
  }

  private static final class Chunks extends StreamedReply {
    private final ReplyHead head;
    private final Text text;
    private final boolean usageChunk;
    private final int[] offsets;
    private int open;

    Chunks(Exchange exchange, ReplyHead head, Text text, boolean usageChunk) {
      super(exchange);
      this.head = head;
      this.text = text;
      this.usageChunk = usageChunk;
      offsets = new int[text.choices()];
      open = text.choices();
    }

    @Override
    public void begin(TokenUsage usage) {
      for (int i = 0; i < text.choices() && !text.echo().isEmpty(); i++) {
        offsets[i] = text.echo().length();
        stream().data(chunk(text.choice(i, text.echo(), null, null)));
      }
    }

    @Override
    public void part(int choice, ReplyReader.Part part) {
      String content = content(part);
      ObjectNode log = text.logs() ? text.log(part.logProbabilities(), offsets[choice]) : null;
      offsets[choice] += content.length();
      stream().data(chunk(text.choice(choice, content, log, null)));
    }

    @Override
    public void end(int choice, String finish, TokenUsage usage) {
      open--;
      ObjectNode chunk = chunk(text.choice(choice, "", null, finish));
      if (open == 0 && !usageChunk) {
        chunk.set("usage", DeepSeekChat.usage(usage));
      }
      stream().data(chunk);
    }

    @Override
    public void complete(TokenUsage usage) {
      if (usageChunk) {
        ObjectNode chunk = head.node();
        chunk.putArray("choices");
        chunk.set("usage", DeepSeekChat.usage(usage));
        stream().data(chunk);
      }
      stream().done();
      close();
    }

    private ObjectNode chunk(ObjectNode choice) {
      ObjectNode chunk = head.node();
      chunk.putArray("choices").add(choice);
      if (usageChunk) {
        chunk.putNull("usage");
      }
      return chunk;
    }
  }
}
