package fathom.server;

import fathom.generation.Engine;
import fathom.generation.EngineStatistics;
import fathom.generation.GeneratedToken;
import fathom.generation.GenerationException;
import fathom.generation.GenerationHandle;
import fathom.generation.GenerationListener;
import fathom.generation.GenerationRequest;
import fathom.generation.GenerationResult;
import fathom.generation.TokenLogProbabilities;
import fathom.generation.Usage;
import fathom.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Takes answers from an [Engine]. The engine's thread only puts events into a queue, so a slow
/// client makes nobody wait; the queue is bounded by the request's `max_tokens`.
public final class EngineReplies implements ReplySource {
  private final Engine engine;

  /// @param engine stays the caller's to close
  public EngineReplies(Engine engine) {
    this.engine = engine;
  }

  @Override
  public Tokenizer tokenizer() {
    return engine.tokenizer();
  }

  @Override
  public int contextTokens() {
    return engine.options().contextTokens();
  }

  @Override
  public Replies submit(GenerationRequest request, int choices) {
    BlockingQueue<ReplyEvent> events = new LinkedBlockingQueue<>();
    boolean logProbabilities = request.sampling().logProbabilities().enabled();
    List<GenerationListener> listeners = new ArrayList<>();
    for (int choice = 0; choice < choices; choice++) {
      listeners.add(new Listener(events, choice, logProbabilities));
    }
    List<GenerationHandle> handles =
        choices == 1
            ? List.of(engine.submit(request, listeners.getFirst()))
            : engine.submitGroup(request, listeners);
    return new Queued(events, handles);
  }

  @Override
  public EngineStatistics statistics() {
    return engine.statistics();
  }

  private record Queued(BlockingQueue<ReplyEvent> events, List<GenerationHandle> handles)
      implements Replies {
    @Override
    public Optional<ReplyEvent> next(Duration patience) throws InterruptedException {
      return Optional.ofNullable(events.poll(patience.toNanos(), TimeUnit.NANOSECONDS));
    }

    @Override
    public void close() {
      handles.forEach(GenerationHandle::cancel);
    }
  }

  private record Listener(BlockingQueue<ReplyEvent> events, int choice, boolean logProbabilities)
      implements GenerationListener {
    @Override
    public void onPrefilled(Usage usage) {
      events.add(new ReplyEvent.Prefilled(choice, usage));
    }

    @Override
    public void onToken(GeneratedToken token) {
      events.add(new ReplyEvent.Token(choice, token.text(), logProbabilities ? copy(token) : null));
    }

    @Override
    public void onFinish(GenerationResult result) {
      events.add(
          new ReplyEvent.End(choice, result.finishReason(), result.stopString(), result.usage()));
    }

    @Override
    public void onFailure(GenerationException failure) {
      @Nullable String reason = failure.getMessage();
      events.add(new ReplyEvent.Failed(choice, reason == null ? "the engine failed" : reason));
    }

    private static TokenLogProbabilities copy(GeneratedToken token) {
      List<TokenLogProbabilities.Candidate> top = new ArrayList<>();
      for (int i = 0; i < token.topCount(); i++) {
        top.add(new TokenLogProbabilities.Candidate(token.topId(i), token.topLogProbability(i)));
      }
      return new TokenLogProbabilities(token.id(), token.logProbability(), top);
    }
  }
}
