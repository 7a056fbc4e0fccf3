package fathom.server;

import fathom.server.store.Conversation;
import fathom.server.store.ConversationStore;
import fathom.server.store.StoredMessage;
import io.helidon.http.Method;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What the chat page asks of the server, under `/app/api`: signing in, conversations, turns and
/// their streams.
final class ChatApp implements AutoCloseable {
  private static final int PAGE_SIZE = 100;
  private static final Duration POLL = Duration.ofSeconds(10);

  private final Generations generations;
  private final ServerConfig config;
  private final ConversationStore store;
  private final TurnRunner turns;
  private final Clock clock;

  ChatApp(Generations generations, ServerConfig config, Stores stores, Clock clock) {
    this.generations = generations;
    this.config = config;
    this.store = stores.conversations();
    this.turns = new TurnRunner(generations, store, clock);
    this.clock = clock;
  }

  void lay(Router router, Door door) {
    router.open(Method.GET, "/app/api/me", exchange -> me(exchange, door));
    router.open(Method.POST, "/app/api/session", exchange -> signIn(exchange, door));
    router.open(Method.DELETE, "/app/api/session", this::signOut);
    router.get("/app/api/conversations", this::list);
    router.post("/app/api/conversations", this::create);
    router.delete("/app/api/conversations", this::deleteAll);
    router.post("/app/api/conversations/import", this::importFile);
    router.get("/app/api/conversations/{id}", this::show);
    router.patch("/app/api/conversations/{id}", this::change);
    router.delete("/app/api/conversations/{id}", this::delete);
    router.get("/app/api/conversations/{id}/export", this::export);
    router.post("/app/api/conversations/{id}/turns", this::begin);
    router.get("/app/api/export", this::exportAll);
    router.get("/app/api/turns/{id}/events", this::events);
    router.post("/app/api/turns/{id}/stop", this::stop);
  }

  private void me(Exchange exchange, Door door) {
    boolean signedIn = true;
    String name = "";
    try {
      name = door.identify(exchange).name();
    } catch (ApiException e) {
      signedIn = false;
    }
    ModelCard card = generations.model().card();
    ObjectNode body =
        Json.object()
            .put("keys", config.access().keys())
            .put("signed_in", signedIn)
            .put("name", name);
    body.putObject("model")
        .put("id", card.id())
        .put("context", card.contextTokens())
        .put("thinking", card.thinking().name());
    body.put("body_bytes", config.limits().bodyBytes());
    exchange.json(200, body);
  }

  private void signIn(Exchange exchange, Door door) {
    String key = exchange.body(4096).text("key").strip();
    Caller caller =
        door.caller(key)
            .orElseThrow(() -> ApiException.unauthenticated("Authentication Fails (no such user)"));
    setCookie(exchange, key, 30 * 86_400);
    exchange.json(200, Json.object().put("name", caller.name()));
  }

  private void signOut(Exchange exchange) {
    setCookie(exchange, "", 0);
    exchange.json(200, Json.object().put("signed_in", false));
  }

  private void setCookie(Exchange exchange, String value, int seconds) {
    String secure = config.tls().enabled() ? "; Secure" : "";
    exchange
        .response()
        .header(
            "Set-Cookie",
            Door.COOKIE
                + "="
                + value
                + "; Path=/; HttpOnly; SameSite=Strict; Max-Age="
                + seconds
                + secure);
  }

  private void list(Exchange exchange) {
    long before;
    try {
      before = Long.parseLong(exchange.query("before", Long.toString(Long.MAX_VALUE)));
    } catch (NumberFormatException e) {
      throw ApiException.format("before", "Invalid before: expected epoch milliseconds");
    }
    ObjectNode body = Json.object();
    ArrayNode array = body.putArray("conversations");
    store
        .list(exchange.caller().id(), exchange.query("q", ""), before, PAGE_SIZE)
        .forEach(conversation -> array.add(ConversationFiles.head(conversation)));
    exchange.json(200, body.put("page", PAGE_SIZE));
  }

  private void create(Exchange exchange) {
    Fields body = exchange.body(config.limits().bodyBytes());
    String settings = settings(body).orElse("{}");
    Conversation made =
        store.create(
            ConversationFiles.newId(),
            exchange.caller().id(),
            ConversationFiles.shortened(body.text("title", "")),
            settings);
    exchange.json(201, ConversationFiles.json(made, List.of()));
  }

  private static Optional<String> settings(Fields body) {
    return body.object("settings").map(fields -> Json.text(fields.node()));
  }

  private Conversation mine(Exchange exchange) {
    return store
        .find(exchange.parameter("id"), exchange.caller().id())
        .orElseThrow(() -> ApiException.notFound("There is no such conversation"));
  }

  private void show(Exchange exchange) {
    Conversation conversation = mine(exchange);
    exchange.json(
        200,
        ConversationFiles.json(
            conversation, store.messages(conversation.id(), exchange.caller().id())));
  }

  private void change(Exchange exchange) {
    Conversation conversation = mine(exchange);
    Fields body = exchange.body(config.limits().bodyBytes());
    String owner = exchange.caller().id();
    if (body.has("title")) {
      store.rename(conversation.id(), owner, ConversationFiles.shortened(body.text("title")));
    }
    settings(body).ifPresent(settings -> store.configure(conversation.id(), owner, settings));
    if (body.has("leaf") && !store.select(conversation.id(), owner, body.text("leaf"))) {
      throw ApiException.format("leaf", "Invalid leaf: no message of this conversation");
    }
    exchange.json(200, ConversationFiles.head(mine(exchange)));
  }

  private void delete(Exchange exchange) {
    Conversation conversation = mine(exchange);
    turns.stopIn(store.messages(conversation.id(), exchange.caller().id()));
    store.delete(conversation.id(), exchange.caller().id());
    exchange.json(200, Json.object().put("deleted", true));
  }

  private void deleteAll(Exchange exchange) {
    turns.stopOf(exchange.caller().id());
    exchange.json(200, Json.object().put("deleted", store.deleteAll(exchange.caller().id())));
  }

  private void export(Exchange exchange) {
    Conversation conversation = mine(exchange);
    List<StoredMessage> messages = store.messages(conversation.id(), exchange.caller().id());
    boolean markdown = exchange.query("format", "json").equals("markdown");
    exchange
        .response()
        .header(
            "Content-Disposition",
            "attachment; filename=\"conversation" + (markdown ? ".md" : ".json") + "\"");
    if (markdown) {
      byte[] text =
          ConversationFiles.markdown(conversation, messages).getBytes(StandardCharsets.UTF_8);
      exchange.send(200, "text/markdown; charset=utf-8", text);
    } else {
      exchange.json(200, ConversationFiles.json(conversation, messages));
    }
  }

  private void exportAll(Exchange exchange) {
    String owner = exchange.caller().id();
    ObjectNode body = Json.object();
    ArrayNode array = body.putArray("conversations");
    for (Conversation conversation : store.list(owner, "", Long.MAX_VALUE, 10_000)) {
      array.add(ConversationFiles.json(conversation, store.messages(conversation.id(), owner)));
    }
    exchange
        .response()
        .header("Content-Disposition", "attachment; filename=\"conversations.json\"");
    exchange.json(200, body);
  }

  private void importFile(Exchange exchange) {
    byte[] bytes = exchange.bytes(config.limits().bodyBytes());
    String type = exchange.header("Content-Type").orElse("");
    List<ConversationFiles.Imported> all =
        type.startsWith("text/markdown")
            ? List.of(ConversationFiles.readMarkdown(utf8(bytes), clock.millis()))
            : ConversationFiles.readJson(Json.fields(bytes), clock.millis());
    ObjectNode body = Json.object();
    ArrayNode array = body.putArray("conversations");
    String owner = exchange.caller().id();
    for (ConversationFiles.Imported imported : all) {
      Conversation made =
          store.create(ConversationFiles.newId(), owner, imported.title(), imported.settings());
      store.append(made.id(), owner, imported.messages());
      array.add(ConversationFiles.head(made));
    }
    exchange.json(201, body);
  }

  private static String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw ApiException.format(null, "Import: the file is not UTF-8");
    }
  }

  private void begin(Exchange exchange) {
    Conversation conversation = mine(exchange);
    Fields body = exchange.body(config.limits().bodyBytes());
    TurnRunner.Begun begun = turns.begin(conversation, exchange.caller(), body);
    ObjectNode answer = Json.object().put("turn", begun.answer().id());
    ArrayNode array = answer.putArray("messages");
    begun.question().ifPresent(question -> array.add(ConversationFiles.json(question)));
    array.add(ConversationFiles.json(begun.answer()));
    exchange.json(201, answer);
  }

  private ChatTurn turn(Exchange exchange) {
    return turns
        .find(exchange.parameter("id"))
        .filter(turn -> turn.owner().equals(exchange.caller().id()))
        .orElseThrow(() -> ApiException.notFound("This turn is over"));
  }

  private void stop(Exchange exchange) {
    turns.stop(turn(exchange));
    exchange.json(200, Json.object().put("stopped", true));
  }

  /// Streams a turn from the event after `Last-Event-ID` or `after`.
  private void events(Exchange exchange) {
    ChatTurn turn = turn(exchange);
    long at;
    try {
      at =
          Long.parseLong(
              exchange.header("Last-Event-ID").orElseGet(() -> exchange.query("after", "0")));
    } catch (NumberFormatException e) {
      throw ApiException.format("after", "Invalid after: expected the number of an event");
    }
    TurnBuffer buffer = turn.buffer();
    try (SseStream stream = exchange.events()) {
      while (!buffer.ended(at)) {
        List<TurnBuffer.Event> next = buffer.after(at, POLL);
        if (next.isEmpty() && !buffer.ended(at)) { // closing wakes the reader as well
          stream.keepAlive();
        }
        for (TurnBuffer.Event event : next) {
          stream.event(event.id(), event.name(), event.data());
          at = event.id();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiException.overloaded("The server is shutting down");
    }
  }

  @Override
  public void close() {
    turns.close();
  }
}
