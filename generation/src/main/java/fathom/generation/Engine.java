package fathom.generation;

import fathom.model.LanguageModel;
import fathom.tokenizer.Tokenizer;
import java.util.List;

/// A loaded model that serves any number of users at once: requests join and leave a running batch
/// between steps. Shared, thread-safe, and unchanging from outside; what belongs to one
/// conversation is a [Session].
@SuppressWarnings("DoNotCallSuggester")
public final class Engine implements AutoCloseable {
  private final LanguageModel model;
  private final Tokenizer tokenizer;
  private final EngineOptions options;

  private Engine(LanguageModel model, Tokenizer tokenizer, EngineOptions options) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.options = options;
  }

  /// Starts an engine on a model, which it owns from now on and closes with itself.
  ///
  /// @throws GenerationException if the cache budget can't hold one sequence of the context's
  ///   length
  public static Engine open(LanguageModel model, Tokenizer tokenizer, EngineOptions options) {
    return new Engine(model, tokenizer, options);
  }

  /// The model.
  public LanguageModel model() {
    return model;
  }

  /// The tokenizer.
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /// How the engine was set up.
  public EngineOptions options() {
    return options;
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
  /// @throws InvalidRequestException if prompt and answer can't fit the context, or an id is none
  /// @throws EngineClosedException after [#close()]
  public GenerationHandle submit(GenerationRequest request, GenerationListener listener) {
    throw new UnsupportedOperationException();
  }

  /// Queues a request that wants several answers to one prompt, one for each listener. The prompt
  /// is computed once and its cache blocks are shared until the answers part; the n-th answer is
  /// what the request alone with `seed + n` would give.
  ///
  /// @throws QueueFullException if too many requests wait
  /// @throws InvalidRequestException if prompt and answer can't fit the context, or an id is none
  /// @throws EngineClosedException after [#close()]
  public List<GenerationHandle> submitGroup(
      GenerationRequest request, List<? extends GenerationListener> listeners) {
    throw new UnsupportedOperationException();
  }

  /// What the engine is doing and has done.
  public EngineStatistics statistics() {
    throw new UnsupportedOperationException();
  }

  /// Forgets all cached prefixes, in memory and on disk: for when the model's weights have changed.
  public void clearPrefixCache() {
    throw new UnsupportedOperationException();
  }

  /// Takes no more requests and waits for those in work to end.
  public void drain() {
    throw new UnsupportedOperationException();
  }

  /// Cancels what is in work and frees all memory.
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
