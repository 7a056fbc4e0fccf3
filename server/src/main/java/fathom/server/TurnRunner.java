package fathom.server;

import fathom.generation.SamplingParameters;
import fathom.server.store.Conversation;
import fathom.server.store.ConversationStore;
import fathom.server.store.StoreException;
import fathom.server.store.StoredMessage;
import fathom.tokenizer.ChatMessage;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Runs the chat page's turns apart from its connections: an answer goes on when the page is
/// closed, and is found complete when it is opened again.
final class TurnRunner implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(TurnRunner.class.getName());
  private static final int LONGEST_TREE = 20_000;
  private static final int MOST_FILES = 50;
  private static final int KEEP_SECONDS = 120;
  private static final int DEFAULT_TOKENS = 8192;

  private final Generations generations;
  private final ConversationStore store;
  private final Clock clock;
  private final Map<String, ChatTurn> turns = new ConcurrentHashMap<>();
  private final ExecutorService runners = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("turn-sweeper").factory());

  TurnRunner(Generations generations, ConversationStore store, Clock clock) {
    this.generations = generations;
    this.store = store;
    this.clock = clock;
  }

  /// The messages that a new turn added: an answer, and the question if it isn't an answer to an
  /// old one.
  record Begun(Optional<StoredMessage> question, StoredMessage answer) {}

  Optional<ChatTurn> find(String id) {
    return Optional.ofNullable(turns.get(id));
  }

  /// Stores question and empty answer, and sets the answer going.
  ///
  /// @throws ApiException 400 if the parent is none, the prompt is too long, or a field is wrong
  Begun begin(Conversation conversation, Caller caller, Fields body) {
    List<StoredMessage> all = store.messages(conversation.id(), caller.id());
    if (all.size() >= LONGEST_TREE) {
      throw ApiException.format(null, "This conversation is full; begin another one");
    }
    @Nullable String parent = body.textOrNull("parent");
    List<StoredMessage> branch = ConversationFiles.branch(all, parent);
    if (parent != null && branch.isEmpty()) {
      throw ApiException.format("parent", "Invalid parent: no message of this conversation");
    }
    Optional<StoredMessage> question = question(body, parent);
    question.ifPresent(branch::add);
    if (branch.isEmpty() || !branch.getLast().role().equals("user")) {
      throw ApiException.format("content", "Invalid Format: missing field 'content'");
    }
    ChatCall call = call(body, caller, branch);
    Generations.Order order = generations.order(call);
    StoredMessage answer =
        new StoredMessage(
            ConversationFiles.newId(),
            branch.getLast().id(),
            "assistant",
            "",
            "",
            "{\"status\":\"running\"}",
            clock.millis());
    List<StoredMessage> added = new ArrayList<>(question.stream().toList());
    added.add(answer);
    if (!store.append(conversation.id(), caller.id(), added)) {
      throw ApiException.notFound("There is no such conversation");
    }
    if (all.isEmpty()) {
      name(conversation, caller, branch.getLast());
    }
    start(new ChatTurn(caller.id(), answer, store), caller, order);
    return new Begun(question, answer);
  }

  /// A conversation is called after its first question.
  private void name(Conversation conversation, Caller caller, StoredMessage question) {
    String line = question.content().strip().lines().findFirst().orElse("");
    if (!line.isEmpty() && conversation.title().equals("New chat")) {
      int end = line.offsetByCodePoints(0, Math.min(60, line.codePointCount(0, line.length())));
      store.rename(conversation.id(), caller.id(), line.substring(0, end));
    }
  }

  private Optional<StoredMessage> question(Fields body, @Nullable String parent) {
    if (!body.has("content")) {
      return Optional.empty();
    }
    ObjectNode details = Json.object();
    var files = details.putArray("files");
    for (Fields file : body.objects("files", MOST_FILES)) {
      files.addObject().put("name", file.text("name")).put("text", file.text("text"));
    }
    return Optional.of(
        new StoredMessage(
            ConversationFiles.newId(),
            parent,
            "user",
            body.text("content"),
            "",
            Json.text(details),
            clock.millis()));
  }

  private ChatCall call(Fields body, Caller caller, List<StoredMessage> branch) {
    ServedModel model = generations.model();
    Optional<Boolean> asked =
        body.has("thinking") ? Optional.of(body.flag("thinking", true)) : Optional.empty();
    boolean thinking = model.thinks(model.card().id(), asked);
    List<ChatMessage> messages = new ArrayList<>();
    String system = body.text("system", "");
    if (!system.isBlank()) {
      messages.add(ChatMessage.system(system));
    }
    branch.forEach(message -> messages.add(message(message)));
    SamplingParameters.Builder sampling =
        SamplingParameters.builder()
            .temperature(body.number("temperature", 0.6, 0, 2))
            .topP(body.number("top_p", 0.95, 1e-9, 1))
            .maxTokens(
                body.integer(
                    "max_tokens", thinking ? 4 * DEFAULT_TOKENS : DEFAULT_TOKENS, 1, 393_216));
    if (body.has("seed")) {
      sampling.seed(body.whole("seed", 0, Long.MIN_VALUE, Long.MAX_VALUE));
    }
    return new ChatCall(
        model.card().id(),
        messages,
        ToolUse.NONE,
        thinking,
        Optional.empty(),
        SamplingReader.build(sampling),
        1,
        caller.id());
  }

  /// A stored message as the model sees it: files before the question, in the form that R1's README
  /// gives.
  private static ChatMessage message(StoredMessage message) {
    if (message.role().equals("assistant")) {
      return ChatMessage.assistant(message.content());
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode file : Json.parse(message.details()).path("files")) {
      text.append("[file name]: ")
          .append(file.path("name").asString(""))
          .append("\n[file content begin]\n")
          .append(file.path("text").asString(""))
          .append("\n[file content end]\n");
    }
    return ChatMessage.user(text.append(message.content()).toString());
  }

  private void start(ChatTurn turn, Caller caller, Generations.Order order) {
    turns.put(turn.id(), turn);
    runners.execute(() -> run(turn, caller, order));
  }

  private void run(ChatTurn turn, Caller caller, Generations.Order order) {
    String error = null;
    try {
      generations.run(caller, order, turn, turn::outcome);
    } catch (CancellationException e) {
      error = "stopped";
    } catch (ApiException e) {
      error = e.reason();
    } catch (StoreException | UncheckedIOException e) {
      LOG.log(Level.ERROR, "turn " + turn.id(), e);
      error = "The answer could not be stored";
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "turn " + turn.id(), e);
      error = ApiException.internal().reason();
    } finally {
      turn.finished(error);
      forgetLater(turn);
    }
  }

  /// Readers that lost their connection may still come back for the end.
  private void forgetLater(ChatTurn turn) {
    if (!sweeper.isShutdown()) {
      var _ = sweeper.schedule(() -> turns.remove(turn.id()), KEEP_SECONDS, TimeUnit.SECONDS);
    }
  }

  /// Ends a turn with what there is and waits a moment until it is stored.
  void stop(ChatTurn turn) {
    turn.stop();
    try {
      turn.buffer().awaitClose(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends the turns of these messages.
  void stopIn(List<StoredMessage> messages) {
    messages.forEach(
        message -> find(message.id()).filter(t -> !t.buffer().isClosed()).ifPresent(this::stop));
  }

  /// Ends all turns of one owner.
  void stopOf(String owner) {
    turns.values().stream()
        .filter(t -> t.owner().equals(owner) && !t.buffer().isClosed())
        .forEach(this::stop);
  }

  @Override
  public void close() {
    turns.values().forEach(ChatTurn::stop);
    runners.close();
    sweeper.shutdownNow();
  }
}
