package fathom.server;

import fathom.server.store.ConversationStore;
import fathom.server.store.StoreException;
import fathom.server.store.StoredMessage;
import fathom.tokenizer.ReplyPart;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// One answer of the chat page while it grows: passes it to the buffer that pages read, and keeps
/// what there is in the database about once a second, so that a killed server loses at most that
/// much of an answer and nothing else.
final class ChatTurn implements ReplySink {
  private static final long STORE_NANOS = 1_000_000_000L;

  private final String owner;
  private final StoredMessage message;
  private final ConversationStore store;
  private final TurnBuffer buffer = new TurnBuffer();
  private final StringBuilder content = new StringBuilder();
  private final StringBuilder reasoning = new StringBuilder();
  private final long begun = System.nanoTime();
  private long stored = begun;
  private long thoughtFrom = -1;
  private long thoughtUntil = -1;
  private String status = "running";
  private @Nullable TokenUsage usage;
  private @Nullable Outcome outcome;
  private volatile boolean stopped;

  /// @param owner whose conversation it is
  /// @param message the assistant's message as it lies in the store, still empty
  ChatTurn(String owner, StoredMessage message, ConversationStore store) {
    this.owner = owner;
    this.message = message;
    this.store = store;
  }

  String owner() {
    return owner;
  }

  String id() {
    return message.id();
  }

  TurnBuffer buffer() {
    return buffer;
  }

  /// Ends the answer with what there is, at its next token.
  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  @Override
  public void waiting() {
    checkStop();
  }

  @Override
  public boolean fail(ApiException error) {
    return false;
  }

  @Override
  public void begin(TokenUsage known) {
    usage = known;
    buffer.add("begin", usageNode(known));
    checkStop();
  }

  @Override
  public void part(int choice, ReplyReader.Part part) {
    ObjectNode data = Json.object();
    switch (part.part()) {
      case ReplyPart.Reasoning text -> {
        thoughtFrom = thoughtFrom < 0 ? System.nanoTime() : thoughtFrom;
        reasoning.append(text.text());
        buffer.add("reasoning", data.put("text", text.text()));
      }
      case ReplyPart.Content text -> {
        endThought();
        content.append(text.text());
        buffer.add("content", data.put("text", text.text()));
      }
      case ReplyPart.CallBegin _, ReplyPart.CallArguments _, ReplyPart.CallEnd _ -> {}
    }
    keep();
    checkStop();
  }

  private void endThought() {
    if (thoughtFrom >= 0 && thoughtUntil < 0) {
      thoughtUntil = System.nanoTime();
      buffer.add("thought", Json.object().put("millis", thoughtMillis()));
    }
  }

  private void checkStop() {
    if (stopped) {
      throw new CancellationException("stopped by the user");
    }
  }

  @Override
  public void end(int choice, String finish, TokenUsage known) {
    status =
        finish.equals("length") || finish.equals("insufficient_system_resource")
            ? "length"
            : "done";
    usage = known;
  }

  @Override
  public void complete(TokenUsage known) {
    usage = known;
  }

  /// What the run came to; arrives before [#finished].
  void outcome(Outcome known) {
    outcome = known;
  }

  /// Stores the last state and tells the readers.
  ///
  /// @param error what went wrong, or null
  void finished(@Nullable String error) {
    endThought();
    if (stopped) {
      status = "stopped";
    } else if (error != null) {
      status = "failed";
    }
    ObjectNode details = details();
    if (error != null && !stopped) {
      details.put("error", error);
    }
    try {
      store.rewrite(state(details));
    } catch (StoreException e) {
      details.put("error", "The answer could not be stored");
    }
    buffer.add("end", details);
    buffer.close();
  }

  private void keep() {
    long now = System.nanoTime();
    if (now - stored >= STORE_NANOS) {
      stored = now;
      store.rewrite(state(details()));
    }
  }

  private StoredMessage state(ObjectNode details) {
    return new StoredMessage(
        message.id(),
        message.parent(),
        message.role(),
        content.toString(),
        reasoning.toString(),
        Json.text(details),
        message.created());
  }

  private long thoughtMillis() {
    if (thoughtFrom < 0) {
      return 0;
    }
    long until = thoughtUntil < 0 ? System.nanoTime() : thoughtUntil;
    return (until - thoughtFrom) / 1_000_000;
  }

  private ObjectNode details() {
    ObjectNode node = Json.object().put("status", status).put("thought_millis", thoughtMillis());
    Outcome known = outcome;
    TokenUsage counted = known == null ? usage : known.usage();
    if (counted != null) {
      node.set("usage", usageNode(counted));
    }
    if (known != null) {
      node.put("first_token_millis", known.firstToken().toMillis());
      double seconds = known.total().minus(known.firstToken()).toNanos() * 1e-9;
      if (seconds > 0 && known.usage().completionTokens() > 1) {
        node.put(
            "tokens_per_second",
            Math.round((known.usage().completionTokens() - 1) / seconds * 10) / 10.0);
      }
    }
    return node;
  }

  private static ObjectNode usageNode(TokenUsage usage) {
    return DeepSeekChat.usage(usage);
  }
}
