package fathom.server;

import fathom.generation.EngineStatistics;
import fathom.server.store.Account;
import fathom.server.store.AccountStore;
import fathom.server.store.Database;
import fathom.tokenizer.ChatMessage;
import io.helidon.http.Method;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What operators and clients ask beside chatting: models, balance, tokens, health, metrics.
final class Operations {
  private final ServedModel model;
  private final ServerConfig config;
  private final AccountStore accounts;
  private final Database database;
  private final Gate gate;
  private final ServerMetrics metrics;

  Operations(
      Generations generations,
      ServerConfig config,
      Stores stores,
      Gate gate,
      ServerMetrics metrics) {
    this.model = generations.model();
    this.config = config;
    this.accounts = stores.accounts();
    this.database = stores.database();
    this.gate = gate;
    this.metrics = metrics;
    publish();
  }

  void lay(Router router) {
    for (String base : List.of("", "/v1")) {
      router.get(base + "/models", this::models);
      router.get(base + "/models/{id}", this::oneModel);
      router.get(base + "/user/balance", this::balance);
      router.post(base + "/tokenize", this::tokenize);
    }
    router.open(Method.GET, "/health", exchange -> health(exchange, true));
    router.open(Method.GET, "/health/live", exchange -> health(exchange, false));
    router.open(Method.GET, "/health/ready", exchange -> health(exchange, true));
    router.get("/metrics", this::metrics);
  }

  private void publish() {
    ReplySource source = model.source();
    metrics.gauge(
        "fathom.queue",
        "Requests waiting for the engine",
        source,
        s -> s.statistics().requests().waiting());
    metrics.gauge(
        "fathom.running",
        "Sequences in the running batch",
        source,
        s -> s.statistics().requests().running());
    metrics.gauge("fathom.inside", "Requests inside the gate", gate, Gate::inside);
    metrics.gauge(
        "fathom.batch.size",
        "Mean sequences of a step since the start",
        source,
        s -> meanBatch(s.statistics()));
    metrics.gauge(
        "fathom.cache.blocks.total", "Cache blocks", source, s -> s.statistics().blocks().total());
    metrics.gauge(
        "fathom.cache.blocks.free",
        "Unused cache blocks",
        source,
        s -> s.statistics().blocks().free());
    metrics.gauge(
        "fathom.cache.blocks.cached",
        "Blocks kept for later requests",
        source,
        s -> s.statistics().blocks().cached());
    metrics.gauge(
        "fathom.cache.disk.bytes",
        "Bytes of the prefix cache on disk",
        source,
        s -> s.statistics().blocks().diskBytes());
    metrics.gauge(
        "fathom.preemptions",
        "Preempted sequences since the start",
        source,
        s -> s.statistics().requests().preemptions());
  }

  private static double meanBatch(EngineStatistics statistics) {
    EngineStatistics.Steps steps = statistics.steps();
    return steps.steps() == 0 ? 0 : (double) steps.sequences() / steps.steps();
  }

  private void models(Exchange exchange) {
    ObjectNode body = Json.object().put("object", "list");
    ArrayNode array = body.putArray("data");
    model.names().forEach(name -> array.add(describe(name)));
    exchange.json(200, body);
  }

  private void oneModel(Exchange exchange) {
    String id = exchange.parameter("id");
    if (!model.isNamed(id)) {
      throw ApiException.notFound("Model Not Exist");
    }
    exchange.json(200, describe(id));
  }

  private ObjectNode describe(String name) {
    ModelCard card = model.card();
    ObjectNode node =
        Json.object()
            .put("id", name)
            .put("object", "model")
            .put("created", card.created())
            .put("owned_by", "fathom")
            .put("name", card.id())
            .put("context_window", card.contextTokens())
            .put("max_output_tokens", card.contextTokens());
    node.putArray("input_modalities").add("text");
    node.putArray("output_modalities").add("text");
    ObjectNode effort = node.putObject("effort").put("default", "high");
    effort.putArray("supported_levels").add("low").add("high").add("max");
    return node;
  }

  private void balance(Exchange exchange) {
    BigDecimal total = BigDecimal.ZERO;
    BigDecimal granted = BigDecimal.ZERO;
    Caller caller = exchange.caller();
    if (caller.charged()) {
      Account account =
          accounts
              .find(caller.id())
              .orElseThrow(() -> ApiException.unauthenticated("Authentication Fails"));
      total = account.balance();
      granted = account.granted().min(total).max(BigDecimal.ZERO);
    }
    ObjectNode body =
        Json.object()
            .put(
                "is_available", !caller.charged() || config.price().isFree() || total.signum() > 0);
    body.putArray("balance_infos")
        .addObject()
        .put("currency", config.price().currency())
        .put("total_balance", money(total))
        .put("granted_balance", money(granted))
        .put("topped_up_balance", money(total.subtract(granted)));
    exchange.json(200, body);
  }

  private static String money(BigDecimal amount) {
    return amount.setScale(2, RoundingMode.DOWN).toPlainString();
  }

  /// Token ids of a text, or of a conversation as the model's template renders it.
  private void tokenize(Exchange exchange) {
    Fields body = exchange.body(config.limits().bodyBytes());
    int[] ids;
    if (body.has("messages")) {
      List<ChatMessage> messages = MessageReader.read(body);
      boolean thinking = model.thinks(model.card().id(), java.util.Optional.empty());
      ids = model.render(messages, ToolUse.NONE, thinking).ids();
    } else {
      String text = body.has("prompt") ? body.text("prompt") : body.text("text");
      ids = model.source().tokenizer().encode(text);
    }
    ObjectNode answer =
        Json.object().put("count", ids.length).put("max_model_len", model.card().contextTokens());
    ArrayNode array = answer.putArray("tokens");
    for (int id : ids) {
      array.add(id);
    }
    exchange.json(200, answer);
  }

  private void health(Exchange exchange, boolean ready) {
    boolean up = !ready || (gate.isOpen() && database.isAlive());
    exchange.json(up ? 200 : 503, Json.object().put("status", up ? "UP" : "DOWN"));
  }

  private void metrics(Exchange exchange) {
    exchange.send(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        metrics.scrape().getBytes(StandardCharsets.UTF_8));
  }
}
