package fathom.generation;

import static fathom.generation.InvalidRequestException.require;

import fathom.generation.Counters.Counter;
import fathom.model.CacheLayout;
import fathom.model.LanguageModel;
import fathom.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A loaded model that serves any number of users at once: requests join and leave a running batch
/// between steps. Shared, thread-safe, and unchanging from outside; what belongs to one
/// conversation is a [Session].
public final class Engine implements AutoCloseable {
  private final Tokenizer tokenizer;
  private final EngineParts parts;
  private final Thinking.Marks thinkingMarks;
  private final GrammarShelf grammars;
  private final EngineLoop loop;
  private final Thread thread;
  private final AtomicLong requests = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  private Engine(EngineParts parts, Tokenizer tokenizer) {
    this.parts = parts;
    this.tokenizer = tokenizer;
    this.thinkingMarks = new Thinking.Marks(tokenizer);
    this.grammars = new GrammarShelf(tokenizer, parts.model().config().vocabularySize());
    this.loop = new EngineLoop(parts);
    this.thread = Thread.ofPlatform().name("fathom-engine").daemon().unstarted(loop);
  }

  /// Starts an engine on a model, which it owns from now on and closes with itself.
  ///
  /// @throws GenerationException if the cache budget can't hold one sequence of the context's
  ///   length
  public static Engine open(LanguageModel model, Tokenizer tokenizer, EngineOptions options) {
    CacheLayout layout = model.cacheLayout();
    BlockPool pool = new BlockPool(layout, options.cache().memoryBytes());
    if (layout.blocks(options.contextTokens()) > pool.total()) {
      pool.close();
      throw new GenerationException(
          "a context of %d tokens takes %d bytes of cache, but the budget is %d bytes"
              .formatted(
                  options.contextTokens(),
                  layout.blocks(options.contextTokens()) * layout.blockBytes(),
                  options.cache().memoryBytes()));
    }
    Counters counters = new Counters();
    counters.set(Counter.FREE_BLOCKS, pool.total());
    PrefixCache cache = new PrefixCache(pool, openDisk(options, pool));
    BlockKey.Chain keys =
        new BlockKey.Chain(fingerprint(options, layout), CacheLayout.BLOCK_TOKENS);
    Sampler sampler = new Sampler(model.config().vocabularySize());
    boolean drafts = options.speculation() && model.draftLayer().isPresent();
    Speculation speculation = new Speculation(drafts, counters);
    EngineParts.SpeculationParts speculating =
        new EngineParts.SpeculationParts(
            speculation, new SpeculativeDecoder(model, sampler, speculation));
    EngineParts parts =
        new EngineParts(model, options, counters, pool, cache, keys, sampler, speculating);
    Engine engine = new Engine(parts, tokenizer);
    engine.thread.start();
    return engine;
  }

  private static @Nullable DiskBlocks openDisk(EngineOptions options, BlockPool pool) {
    EngineOptions.DiskOptions disk = options.cache().disk().orElse(null);
    try {
      return disk == null ? null : new BlockFiles(disk.directory(), disk.maxBytes());
    } catch (GenerationException e) {
      pool.close();
      throw e;
    }
  }

  /// What a block's content depends on beside the tokens.
  private static String fingerprint(EngineOptions options, CacheLayout layout) {
    return options.cache().disk().map(EngineOptions.DiskOptions::modelFingerprint).orElse("")
        + "/"
        + layout;
  }

  /// The model.
  public LanguageModel model() {
    return parts.model();
  }

  /// The tokenizer.
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /// How the engine was set up.
  public EngineOptions options() {
    return parts.options();
  }

  /// Begins a new timeline for a user.
  public Session newSession(String user) {
    return new Session(this, user);
  }

  /// Begins a new timeline for nobody in particular.
  public Session newSession() {
    return newSession(GenerationRequest.ANONYMOUS);
  }

  /// Queues a request and returns at once.
  ///
  /// @throws QueueFullException if too many requests wait
  /// @throws InvalidRequestException if the prompt does not fit the context, or an id is none
  /// @throws EngineClosedException after [#close()] or [#drain()]
  public GenerationHandle submit(GenerationRequest request, GenerationListener listener) {
    return submit(request, listener, null);
  }

  GenerationHandle submit(
      GenerationRequest request, GenerationListener listener, Session.@Nullable Parking parking) {
    check(request);
    admit(1);
    Ticket ticket = new Ticket(listener, this::cancel, parking);
    enqueue(request, List.of(ticket));
    return ticket;
  }

  /// Queues a request that wants several answers to one prompt, one for each listener. The prompt
  /// is computed once and its cache blocks are shared until the answers part; the n-th answer is
  /// what the request alone with `seed + n` would give.
  ///
  /// @throws QueueFullException if too many requests wait
  /// @throws InvalidRequestException if the prompt does not fit the context, or an id is none
  /// @throws EngineClosedException after [#close()] or [#drain()]
  public List<GenerationHandle> submitGroup(
      GenerationRequest request, List<? extends GenerationListener> listeners) {
    if (listeners.isEmpty()) {
      return List.of();
    }
    check(request);
    admit(listeners.size());
    List<Ticket> tickets = new ArrayList<>();
    for (GenerationListener listener : listeners) {
      tickets.add(new Ticket(listener, this::cancel, null));
    }
    enqueue(request, tickets);
    return List.copyOf(tickets);
  }

  private void check(GenerationRequest request) {
    if (closed.get()) {
      throw new EngineClosedException();
    }
    int context = parts.options().contextTokens();
    boolean answers = request.sampling().ending().maxTokens() > 0;
    require(
        request.promptLength() + (answers ? 1 : 0) <= context,
        "prompt",
        "expected at most %d tokens, found %d",
        answers ? context - 1 : context,
        request.promptLength());
    int vocabulary = parts.model().config().vocabularySize();
    for (int id : request.prompt()) {
      require(
          id >= 0 && id < vocabulary, "prompt", "expected ids below %d, found %d", vocabulary, id);
    }
    checkIds("logit_bias", request.sampling().logitBias().keySet());
    checkIds("stop_token_ids", request.sampling().ending().stopTokens());
  }

  private void checkIds(String field, Set<Integer> ids) {
    int vocabulary = parts.model().config().vocabularySize();
    for (int id : ids) {
      require(id >= 0 && id < vocabulary, field, "expected ids below %d, found %d", vocabulary, id);
    }
  }

  private void admit(int count) {
    int limit = parts.options().batch().maxWaiting();
    long waiting = parts.counters().addAndGet(Counter.WAITING, count);
    if (waiting > limit) {
      parts.counters().add(Counter.WAITING, -count);
      parts.counters().add(Counter.REJECTED, count);
      throw new QueueFullException(limit);
    }
  }

  private void enqueue(GenerationRequest request, List<Ticket> tickets) {
    long now = parts.options().nanoTime().getAsLong();
    long seed =
        request
            .sampling()
            .choice()
            .seed()
            .orElseGet(() -> Noise.seed(parts.options().seed(), requests.getAndIncrement()));
    List<ChoiceState> choices = new ArrayList<>();
    for (int n = 0; n < tickets.size(); n++) {
      choices.add(choice(request, seed + n));
    }
    parts.counters().add(Counter.PROMPT_TOKENS, (long) tickets.size() * request.promptLength());
    boolean accepted =
        loop.execute(
            () -> {
              try {
                begin(request, choices, tickets, now);
              } catch (RuntimeException e) {
                parts.counters().add(Counter.WAITING, -tickets.size());
                GenerationException failure =
                    new GenerationException("the request can't begin: " + e, e);
                tickets.forEach(ticket -> ticket.fail(failure));
              }
            });
    if (!accepted) {
      parts.counters().add(Counter.WAITING, -tickets.size());
      throw new EngineClosedException();
    }
  }

  private void begin(
      GenerationRequest request, List<ChoiceState> choices, List<Ticket> tickets, long now) {
    List<Sequence> sequences = new ArrayList<>();
    for (int n = 0; n < tickets.size(); n++) {
      Sequence sequence = sequence(request, choices.get(n), tickets.get(n));
      sequence.clocks().submitted = now;
      sequences.add(sequence);
    }
    loop.begin(sequences.getFirst(), sequences.subList(1, sequences.size()));
  }

  private ChoiceState choice(GenerationRequest request, long seed) {
    SamplingParameters sampling = request.sampling();
    int budget = sampling.thinkingBudget().orElse(Integer.MAX_VALUE);
    Thinking thinking =
        new Thinking(thinkingMarks, request.prompt(), request.promptLength(), budget);
    TokenMask mask = mask(request);
    int room = parts.options().contextTokens() - request.promptLength();
    return new ChoiceState(request, seed, endTokens(sampling.ending()), thinking, mask, room);
  }

  private @Nullable TokenMask mask(GenerationRequest request) {
    if (request.grammar().isPresent()) {
      return new GrammarMask(grammars.get(request.grammar().get()));
    }
    return request.calls().isEmpty() ? null : CallMask.of(request.calls(), grammars);
  }

  private int[] endTokens(SamplingParameters.Ending ending) {
    Set<Integer> ids = new TreeSet<>(ending.stopTokens());
    if (!ending.ignoreEndTokens()) {
      ids.addAll(tokenizer.specialTokens().stops());
    }
    int vocabulary = parts.model().config().vocabularySize();
    return ids.stream().mapToInt(Integer::intValue).filter(id -> id < vocabulary).toArray();
  }

  private Sequence sequence(GenerationRequest request, ChoiceState choice, Ticket ticket) {
    AnswerText text =
        request.text()
            ? new AnswerText(
                tokenizer.newStreamingDecoder(), request.sampling().ending().stopStrings())
            : null;
    boolean reported = request.sampling().logProbabilities().enabled();
    BlockKeys keys =
        new BlockKeys(
            parts.keys(), request.cached() ? request.user() : null, parts.cache().epoch());
    SequenceCache cache =
        new SequenceCache(parts.cache(), parts.pool(), parts.model().cacheLayout(), keys);
    return new Sequence(request, choice, new Answer(text, reported), ticket, cache);
  }

  private void cancel(Ticket ticket) {
    loop.execute(() -> loop.cancel(ticket));
  }

  /// Gives back what a session has kept.
  void forget(Session.Parking parking) {
    loop.execute(
        () -> {
          parking.close();
          loop.unpark(parking);
        });
  }

  /// Runs `submissions` while no step is taken, so that all requests that it submits begin
  /// together: which of them share a step does not depend on how fast they come then, and neither
  /// does any last bit of their answers.
  ///
  /// @throws EngineClosedException after [#close()]
  public void together(Runnable submissions) {
    CompletableFuture<Void> held = new CompletableFuture<>();
    CompletableFuture<Void> submitted = new CompletableFuture<>();
    boolean accepted =
        loop.execute(
            () -> {
              held.complete(null);
              submitted.join();
            });
    if (!accepted) {
      throw new EngineClosedException();
    }
    held.join();
    try {
      submissions.run();
    } finally {
      submitted.complete(null);
    }
  }

  /// What the engine is doing and has done.
  public EngineStatistics statistics() {
    return new StatisticsReader(parts).read();
  }

  /// Forgets all cached prefixes, in memory and on disk: for when the model's weights have changed.
  /// Returns when done; what runs at the moment goes on with what it has.
  public void clearPrefixCache() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    boolean accepted =
        loop.execute(
            () -> {
              loop.clearPrefixCache();
              done.complete(null);
            });
    if (accepted) {
      done.join();
    }
  }

  /// Takes no more requests and waits for those in work to end.
  public void drain() {
    closed.set(true);
    loop.drain().join();
  }

  /// Cancels what is in work and frees all memory.
  @Override
  public void close() {
    closed.set(true);
    loop.execute(loop::stop);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    parts.close();
  }
}
