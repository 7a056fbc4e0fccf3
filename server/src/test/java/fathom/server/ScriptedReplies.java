package fathom.server;

import fathom.generation.EngineStatistics;
import fathom.generation.FinishReason;
import fathom.generation.GenerationRequest;
import fathom.generation.TokenLogProbabilities;
import fathom.generation.Usage;
import fathom.tokenizer.StreamingDecoder;
import fathom.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/// An engine that answers by heart: a function from the prompt's text to the reply's. Tokens, stop
/// texts, limits, prefix hits and cancellation work as with a real one, only nothing is computed.
final class ScriptedReplies implements ReplySource {
  private final Tokenizer tokenizer;
  private final UnaryOperator<String> script;
  private final Map<String, List<int[]>> cache = new HashMap<>();
  private final List<GenerationRequest> requests = new ArrayList<>();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private volatile Duration firstPause = Duration.ZERO;
  private volatile Duration pause = Duration.ZERO;
  private volatile int context = 4096;

  ScriptedReplies(Tokenizer tokenizer, UnaryOperator<String> script) {
    this.tokenizer = tokenizer;
    this.script = script;
  }

  /// Waits before the first token and before each further one.
  ScriptedReplies pacing(Duration first, Duration each) {
    firstPause = first;
    pause = each;
    return this;
  }

  ScriptedReplies context(int tokens) {
    context = tokens;
    return this;
  }

  synchronized List<GenerationRequest> requests() {
    return List.copyOf(requests);
  }

  /// The text of the last prompt.
  synchronized String lastPrompt() {
    return tokenizer.decode(requests.getLast().prompt());
  }

  int running() {
    return running.get();
  }

  int cancelled() {
    return cancelled.get();
  }

  @Override
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public int contextTokens() {
    return context;
  }

  @Override
  public Replies submit(GenerationRequest request, int choices) {
    int hits;
    synchronized (this) {
      requests.add(request);
      hits = hits(request);
    }
    Scripted scripted = new Scripted();
    for (int choice = 0; choice < choices; choice++) {
      int index = choice;
      running.incrementAndGet();
      Thread.ofVirtual().start(() -> speak(request, index, hits, scripted));
    }
    return scripted;
  }

  private int hits(GenerationRequest request) {
    int[] prompt = request.prompt();
    int best = 0;
    List<int[]> known = cache.computeIfAbsent(request.user(), _ -> new ArrayList<>());
    for (int[] earlier : known) {
      int same = 0;
      while (same < Math.min(earlier.length, prompt.length - 1) && earlier[same] == prompt[same]) {
        same++;
      }
      best = Math.max(best, same / 64 * 64);
    }
    known.add(prompt);
    return best;
  }

  private void speak(GenerationRequest request, int choice, int hits, Scripted to) {
    int promptLength = request.prompt().length;
    Usage usage = new Usage(hits, promptLength - hits, 0, 0);
    try {
      Thread.sleep(firstPause);
      to.events.add(new ReplyEvent.Prefilled(choice, usage));
      String reply = script.apply(tokenizer.decode(request.prompt()));
      Optional<String> stop = Optional.empty();
      for (String text : request.sampling().ending().stopStrings()) {
        int at = reply.indexOf(text);
        if (at >= 0) {
          reply = reply.substring(0, at);
          stop = Optional.of(text);
        }
      }
      int[] ids = tokenizer.encode(reply);
      StreamingDecoder decoder = tokenizer.newStreamingDecoder();
      int most = Math.min(ids.length, request.sampling().ending().maxTokens());
      int thinking = 0;
      for (int i = 0; i < most; i++) {
        if (to.closed) {
          cancelled.incrementAndGet();
          end(
              to,
              choice,
              FinishReason.CANCELLED,
              Optional.empty(),
              new Usage(hits, promptLength - hits, i, 0));
          return;
        }
        String text = decoder.accept(ids[i]);
        to.events.add(new ReplyEvent.Token(choice, text, logProbabilities(request, ids[i])));
        if (tokenizer.decode(java.util.Arrays.copyOf(ids, i + 1)).contains("</think>")
            && thinking == 0) {
          thinking = i + 1;
        }
        Thread.sleep(pause);
      }
      FinishReason reason = most < ids.length ? FinishReason.LENGTH : FinishReason.STOP;
      int completion = reason == FinishReason.STOP ? most + 1 : most;
      end(to, choice, reason, stop, new Usage(hits, promptLength - hits, completion, thinking));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end(
      Scripted to, int choice, FinishReason reason, Optional<String> stop, Usage usage) {
    running.decrementAndGet();
    to.events.add(new ReplyEvent.End(choice, reason, stop, usage));
  }

  private static TokenLogProbabilities logProbabilities(GenerationRequest request, int id) {
    if (!request.sampling().logProbabilities().enabled()) {
      return null;
    }
    List<TokenLogProbabilities.Candidate> top = new ArrayList<>();
    for (int i = 0; i < request.sampling().logProbabilities().top(); i++) {
      top.add(new TokenLogProbabilities.Candidate(id + i, -0.5f - i));
    }
    return new TokenLogProbabilities(id, -0.5f, top);
  }

  @Override
  public EngineStatistics statistics() {
    return new EngineStatistics(
        new EngineStatistics.Requests(0, running.get(), 0, cancelled.get(), 0, 0, 0),
        new EngineStatistics.Tokens(0, 0, 0, 0, 0),
        new EngineStatistics.Blocks(100, 100, 0, 1, 0),
        new EngineStatistics.Steps(0, 0, 0),
        new EngineStatistics.Waiting(0, 0, 0, 0),
        new EngineStatistics.Speculation(false, false, 0, 0, 0));
  }

  private static final class Scripted implements Replies {
    private final BlockingQueue<ReplyEvent> events = new LinkedBlockingQueue<>();
    private volatile boolean closed;

    @Override
    public Optional<ReplyEvent> next(Duration patience) throws InterruptedException {
      return Optional.ofNullable(events.poll(patience.toNanos(), TimeUnit.NANOSECONDS));
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
