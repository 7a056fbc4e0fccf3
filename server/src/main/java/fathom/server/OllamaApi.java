package fathom.server;

import fathom.generation.GenerationRequest;
import fathom.tokenizer.ReplyPart;
import io.helidon.http.Method;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Ollama's API: one JSON object per line instead of events.
final class OllamaApi {
  /// The version that this API speaks like; clients look at it to decide what they may ask for.
  private static final String VERSION = "0.12.6";

  private final Generations generations;
  private final OllamaRequests requests;
  private final LimitsConfig limits;
  private final Clock clock;

  OllamaApi(Generations generations, LimitsConfig limits, Clock clock) {
    this.generations = generations;
    this.requests = new OllamaRequests(generations.model());
    this.limits = limits;
    this.clock = clock;
  }

  void lay(Router router) {
    router.post("/api/chat", this::chat);
    router.post("/api/generate", this::generate);
    router.get("/api/tags", this::tags);
    router.get("/api/ps", this::tags);
    router.post("/api/show", this::show);
    router.open(
        Method.GET,
        "/api/version",
        exchange -> exchange.json(200, Json.object().put("version", VERSION)));
  }

  private void chat(Exchange exchange) {
    Fields body = exchange.body(limits.bodyBytes());
    JsonNode messages = body.raw("messages");
    if (messages == null || (messages.isArray() && messages.isEmpty())) {
      // Without messages the model is only loaded, and this one always is.
      Form form = new Form(true, requests.name(body), clock);
      exchange.json(200, form.line("").put("done", true).put("done_reason", "load"));
      return;
    }
    ChatCall call = requests.chat(body, exchange.caller());
    answer(exchange, body, generations.order(call), new Form(true, call.model(), clock));
  }

  private void generate(Exchange exchange) {
    Fields body = exchange.body(limits.bodyBytes());
    String name = requests.name(body);
    Form form = new Form(false, name, clock);
    String prompt = body.text("prompt", "");
    if (prompt.isEmpty()) {
      // An empty prompt only loads the model, and this one is always loaded.
      exchange.json(200, form.line("").put("done", true).put("done_reason", "load"));
      return;
    }
    String suffix = body.text("suffix", "");
    if (!body.flag("raw", false) && suffix.isEmpty()) {
      answer(exchange, body, generations.order(requests.generate(body, exchange.caller())), form);
      return;
    }
    ServedModel model = generations.model();
    int[] ids = suffix.isEmpty() ? model.plain(prompt) : model.fillInMiddle(prompt, suffix);
    GenerationRequest request =
        GenerationRequest.builder(ids)
            .sampling(
                generations.fitted(SamplingReader.build(OllamaRequests.sampling(body)), ids.length))
            .user(exchange.caller().id())
            .build();
    answer(
        exchange,
        body,
        new Generations.Order(request, 1, false, ReplyReader.ToolReading.PLAIN),
        form);
  }

  private void answer(Exchange exchange, Fields body, Generations.Order order, Form form) {
    Lines lines = new Lines(exchange, form, body.flag("stream", true));
    generations.run(exchange.caller(), order, lines, exchange::finished);
  }

  private void tags(Exchange exchange) {
    ObjectNode body = Json.object();
    ArrayNode array = body.putArray("models");
    for (String name : generations.model().names()) {
      ObjectNode node =
          array
              .addObject()
              .put("name", name + ":latest")
              .put("model", name + ":latest")
              .put("modified_at", clock.instant().toString())
              .put("size", 0)
              .put("digest", Digests.sha256(name));
      node.set("details", details());
    }
    exchange.json(200, body);
  }

  private void show(Exchange exchange) {
    requests.name(exchange.body(limits.bodyBytes()));
    ModelCard card = generations.model().card();
    ObjectNode body =
        Json.object()
            .put("modelfile", "FROM " + card.id())
            .put("parameters", "")
            .put("template", "");
    body.set("details", details());
    body.putObject("model_info")
        .put("general.architecture", "deepseek2")
        .put("deepseek2.context_length", card.contextTokens());
    ArrayNode capabilities = body.putArray("capabilities").add("completion").add("tools");
    if (card.thinking() != ModelCard.Thinking.NEVER) {
      capabilities.add("thinking");
    }
    if (card.fillsInMiddle()) {
      capabilities.add("insert");
    }
    exchange.json(200, body);
  }

  private static ObjectNode details() {
    ObjectNode details =
        Json.object().put("parent_model", "").put("format", "fathom").put("family", "deepseek2");
    details.putArray("families").add("deepseek2");
    return details.put("parameter_size", "").put("quantization_level", "");
  }

  /// Whether texts stand in a `message` or in `response`.
  private record Form(boolean chat, String model, Clock clock) {
    ObjectNode line(String content) {
      ObjectNode line =
          Json.object().put("model", model).put("created_at", clock.instant().toString());
      if (chat) {
        line.putObject("message").put("role", "assistant").put("content", content);
      } else {
        line.put("response", content);
      }
      return line;
    }

    ObjectNode withThinking(ObjectNode line, String thinking) {
      ObjectNode place = chat ? (ObjectNode) line.get("message") : line;
      place.put("thinking", thinking);
      return line;
    }
  }

  /// Writes lines as they come, or gathers them into one.
  private static final class Lines implements ReplySink {
    private final Exchange exchange;
    private final Form form;
    private final boolean streams;
    private final long begun = System.nanoTime();
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final List<ChoiceBuilder.Called> calls = new ArrayList<>();
    private long prefilled = begun;
    private String finish = "stop";
    private @Nullable OutputStream out;

    Lines(Exchange exchange, Form form, boolean streams) {
      this.exchange = exchange;
      this.form = form;
      this.streams = streams;
    }

    @Override
    public void waiting() {
      // Lines of white space would break clients that parse each line.
    }

    @Override
    public void begin(TokenUsage usage) {
      prefilled = System.nanoTime();
    }

    @Override
    public void part(int choice, ReplyReader.Part part) {
      switch (part.part()) {
        case ReplyPart.Reasoning text -> say(thinking, text.text(), true);
        case ReplyPart.Content text -> say(content, text.text(), false);
        case ReplyPart.CallBegin begin ->
            calls.add(
                new ChoiceBuilder.Called(
                    ChoiceBuilder.callId(begin.index()), begin.name(), new StringBuilder()));
        case ReplyPart.CallArguments arguments ->
            calls.getLast().arguments().append(arguments.fragment());
        case ReplyPart.CallEnd _ -> {
          if (streams) {
            write(withCalls(form.line(""), List.of(calls.getLast())).put("done", false));
          }
        }
      }
    }

    private void say(StringBuilder all, String text, boolean thought) {
      if (!streams) {
        all.append(text);
        return;
      }
      ObjectNode line = thought ? form.withThinking(form.line(""), text) : form.line(text);
      write(line.put("done", false));
    }

    private static ObjectNode withCalls(ObjectNode line, List<ChoiceBuilder.Called> all) {
      ArrayNode array = ((ObjectNode) line.get("message")).putArray("tool_calls");
      for (ChoiceBuilder.Called called : all) {
        ObjectNode function =
            array
                .addObject()
                .put("id", called.id())
                .putObject("function")
                .put("name", called.name());
        try {
          function.set("arguments", Json.parse(called.arguments().toString()));
        } catch (ApiException e) {
          function.putObject("arguments").put("_", called.arguments().toString());
        }
      }
      return line;
    }

    @Override
    public void end(int choice, String reason, TokenUsage usage) {
      finish = reason.equals("length") ? "length" : "stop";
    }

    @Override
    public void complete(TokenUsage usage) {
      long now = System.nanoTime();
      ObjectNode last = form.line(content.toString());
      if (!thinking.isEmpty()) {
        form.withThinking(last, thinking.toString());
      }
      if (!streams && !calls.isEmpty()) {
        withCalls(last, calls);
      }
      last.put("done", true)
          .put("done_reason", finish)
          .put("total_duration", now - begun)
          .put("load_duration", 0)
          .put("prompt_eval_count", usage.promptTokens())
          .put("prompt_eval_duration", prefilled - begun)
          .put("eval_count", usage.completionTokens())
          .put("eval_duration", now - prefilled);
      if (streams) {
        write(last);
        close();
      } else {
        exchange.json(200, last);
      }
    }

    @Override
    public boolean fail(ApiException error) {
      if (out == null) {
        return false;
      }
      write(exchange.errorBody(error));
      close();
      return true;
    }

    private void write(JsonNode line) {
      try {
        OutputStream stream = out;
        if (stream == null) {
          stream = exchange.stream("application/x-ndjson");
          out = stream;
        }
        stream.write((Json.text(line) + "\n").getBytes(StandardCharsets.UTF_8));
        stream.flush();
      } catch (IOException e) {
        throw new UncheckedIOException("client went away", e);
      }
    }

    private void close() {
      try {
        if (out != null) {
          out.close();
        }
      } catch (IOException e) {
        throw new UncheckedIOException("client went away", e);
      }
    }
  }
}
