package fathom.server;

import fathom.generation.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One run of one order: takes events until all answers have ended or time is up.
final class GenerationRun {
  private final Replies replies;
  private final ReplySink sink;
  private final LimitsConfig limits;
  private final List<ReplyReader> readers = new ArrayList<>();
  private final boolean[] ended;
  private final int[] tokens;
  private final long begun = System.nanoTime();
  private long written = begun;
  private long firstToken = -1;
  private long last = begun;
  private int prompt;
  private int hits;
  private int completion;
  private int reasoning;
  private String finish = "cancelled";
  private volatile boolean gone;

  GenerationRun(Generations.Order order, Replies replies, ReplySink sink, LimitsConfig limits) {
    this.replies = replies;
    this.sink = sink;
    this.limits = limits;
    for (int i = 0; i < order.choices(); i++) {
      readers.add(new ReplyReader(order.insideReasoning(), order.tools()));
    }
    ended = new boolean[order.choices()];
    tokens = new int[order.choices()];
    prompt = order.request().prompt().length;
  }

  /// Nobody reads the answers any more: cancels them at once. May be called from any thread.
  void clientGone() {
    gone = true;
    replies.close();
  }

  /// @throws ApiException 503 if the engine failed or nothing began in time
  /// @throws UncheckedIOException if the client has gone
  void toTheEnd() {
    int left = readers.size();
    while (left > 0) {
      Optional<ReplyEvent> event = next();
      if (gone) {
        throw new UncheckedIOException(new IOException("client went away"));
      }
      long now = System.nanoTime();
      if (event.isPresent() && handle(event.get(), now)) {
        left--;
      }
      if (now - written >= limits.keepAlive().toNanos()) {
        written = now;
        sink.waiting();
      }
      if (left > 0) {
        left -= checkTime(now);
      }
    }
    sink.complete(usage());
  }

  private Optional<ReplyEvent> next() {
    try {
      return replies.next(limits.keepAlive());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiException.overloaded("The server is shutting down");
    }
  }

  private boolean handle(ReplyEvent event, long now) {
    last = now;
    switch (event) {
      case ReplyEvent.Prefilled prefilled -> {
        hits = prefilled.usage().cacheHitTokens();
        if (prefilled.choice() == 0) {
          sink.begin(usage());
        }
        return false;
      }
      case ReplyEvent.Token token -> {
        if (firstToken < 0) {
          firstToken = now;
        }
        tokens[token.choice()]++;
        pass(token.choice(), readers.get(token.choice()).accept(token));
        return false;
      }
      case ReplyEvent.End end -> {
        ReplyReader reader = readers.get(end.choice());
        pass(end.choice(), reader.finish());
        end.stopString().ifPresent(text -> sink.stopped(end.choice(), text));
        finish(end.choice(), reader.finishReason(end.reason()), end.usage());
        return true;
      }
      case ReplyEvent.Failed failed -> {
        finish = "failed";
        throw ApiException.overloaded("The engine failed: " + failed.reason());
      }
    }
  }

  private void pass(int choice, List<ReplyReader.Part> parts) {
    for (ReplyReader.Part part : parts) {
      sink.part(choice, part);
      written = System.nanoTime();
    }
  }

  private void finish(int choice, String reason, Usage usage) {
    ended[choice] = true;
    finish = reason;
    hits = usage.cacheHitTokens();
    prompt = usage.promptTokens();
    completion += usage.completionTokens();
    reasoning += usage.thinkingTokens();
    tokens[choice] = 0;
    sink.end(
        choice,
        reason,
        new TokenUsage(
            usage.promptTokens(),
            usage.cacheHitTokens(),
            usage.completionTokens(),
            usage.thinkingTokens()));
  }

  /// Ends answers whose time is up with what there is; returns how many.
  private int checkTime(long now) {
    if (firstToken < 0 && now - begun >= limits.waiting().toNanos()) {
      throw ApiException.overloaded("Server Overloaded: the request waited too long for its turn");
    }
    if (now - begun < limits.total().toNanos()) {
      return 0;
    }
    int stopped = 0;
    for (int choice = 0; choice < ended.length; choice++) {
      if (!ended[choice]) {
        pass(choice, readers.get(choice).finish());
        finish(
            choice,
            "insufficient_system_resource",
            new Usage(hits, prompt - hits, tokens[choice], 0));
        stopped++;
      }
    }
    replies.close();
    return stopped;
  }

  private TokenUsage usage() {
    int open = 0;
    for (int count : tokens) {
      open += count;
    }
    return new TokenUsage(prompt, hits, completion + open, reasoning);
  }

  /// What became of it, also when it broke off.
  Outcome outcome() {
    long first = firstToken < 0 ? last : firstToken;
    return new Outcome(
        usage(),
        finish,
        Duration.ofNanos(first - begun),
        Duration.ofNanos(System.nanoTime() - begun));
  }
}
