package fathom.generation;

/// One mutable timeline: the tokens so far, and the cache that holds what was computed of them. One
/// thread at a time may use a session.
@SuppressWarnings("DoNotCallSuggester")
public final class Session implements AutoCloseable {
  private final Engine engine;
  private final String user;

  Session(Engine engine, String user) {
    this.engine = engine;
    this.user = user;
  }

  /// The engine.
  public Engine engine() {
    return engine;
  }

  /// Whose session it is.
  public String user() {
    return user;
  }

  /// The tokens of the timeline, prompts and answers. A copy.
  public int[] ids() {
    throw new UnsupportedOperationException();
  }

  /// Makes the timeline these tokens, computing only what comes after the longest common prefix
  /// with the tokens before; returns when done.
  public Usage prefill(int... ids) {
    throw new UnsupportedOperationException();
  }

  /// Goes on from the timeline's end and waits for the end of the answer, which then belongs to the
  /// timeline. Another thread may [#cancel()] meanwhile.
  ///
  /// @throws IllegalStateException if there is nothing to go on from
  public GenerationResult generate(SamplingParameters parameters, GenerationListener listener) {
    throw new UnsupportedOperationException();
  }

  /// As [#generate(SamplingParameters, GenerationListener)] with everything that a request can say;
  /// its prompt becomes the timeline first.
  public GenerationResult generate(GenerationRequest request, GenerationListener listener) {
    throw new UnsupportedOperationException();
  }

  /// Ends what is being generated at the moment, if anything; callable from any thread.
  public void cancel() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
