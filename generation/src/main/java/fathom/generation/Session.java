package fathom.generation;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One mutable timeline: the tokens so far, and the cache that holds what was computed of them. One
/// thread at a time may use a session; only [#cancel()] may come from another.
///
/// What the session keeps in the cache is its own, down to the last token; where memory runs out it
/// may be taken away, and is then found in the prefix cache or computed again.
public final class Session implements AutoCloseable {
  private final Engine engine;
  private final String user;
  private final Parking parking = new Parking();
  private int[] ids = new int[0];
  private volatile @Nullable GenerationHandle current;

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
    return ids.clone();
  }

  /// Makes the timeline these tokens, computing only what comes after the longest common prefix
  /// with the tokens before; returns when done. The last token is always computed.
  ///
  /// @throws InvalidRequestException if there is no token, an id is none, or they exceed the
  ///   context
  public Usage prefill(int... newIds) {
    SamplingParameters nothing = SamplingParameters.greedy(0);
    GenerationRequest request =
        GenerationRequest.builder(newIds).sampling(nothing).user(user).withoutText().build();
    return generate(request, token -> {}).usage();
  }

  /// Goes on from the timeline's end and waits for the end of the answer, which then belongs to the
  /// timeline. Another thread may [#cancel()] meanwhile.
  ///
  /// @throws InvalidRequestException if there is nothing to go on from, or the context is full
  public GenerationResult generate(SamplingParameters parameters, GenerationListener listener) {
    return generate(
        GenerationRequest.builder(ids).sampling(parameters).user(user).build(), listener);
  }

  /// As [#generate(SamplingParameters, GenerationListener)] with everything that a request can say;
  /// its prompt becomes the timeline first. The request's user must be the session's.
  public GenerationResult generate(GenerationRequest request, GenerationListener listener) {
    InvalidRequestException.require(
        request.user().equals(user), "user_id", "expected the session's user");
    GenerationHandle handle = engine.submit(request, listener, parking);
    current = handle;
    GenerationResult result = handle.await();
    current = null;
    int[] answer = result.ids();
    int[] prompt = request.prompt();
    ids = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, ids, prompt.length, answer.length);
    return result;
  }

  /// Ends what is being generated at the moment, if anything; callable from any thread.
  public void cancel() {
    GenerationHandle handle = current;
    if (handle != null) {
      handle.cancel();
    }
  }

  @Override
  public void close() {
    cancel();
    engine.forget(parking);
  }

  /// Where a session's cache stays between its requests. Belongs to the engine's thread.
  static final class Parking {
    /// Rows of the drafting layer may be missing at the end; so few are computed again.
    private static final int MOST_WITHOUT_DRAFTS = 4;

    private @Nullable SequenceCache cache;
    private int[] ids = new int[0];
    private int computed;
    private int draftRows;
    private boolean closed;

    boolean closed() {
      return closed;
    }

    void close() {
      closed = true;
    }

    /// Keeps the cache of a sequence that has ended.
    void park(Sequence sequence) {
      release();
      cache = sequence.cache();
      computed = Math.min(sequence.computed(), sequence.length());
      ids = Arrays.copyOf(sequence.ids(), computed);
      draftRows = sequence.draft().on() ? sequence.draft().rows() : 0;
    }

    /// Lets a new sequence go on where its tokens part from the kept ones.
    void resume(Sequence sequence, boolean drafting) {
      SequenceCache kept = cache;
      if (kept == null) {
        return;
      }
      int common = Arrays.mismatch(ids, 0, computed, sequence.ids(), 0, sequence.length());
      common = Math.min(common < 0 ? computed : common, sequence.length() - 1);
      if (common == 0 || !kept.current()) {
        release();
        return;
      }
      boolean drafts = drafting && common - draftRows <= MOST_WITHOUT_DRAFTS;
      common = drafts ? Math.min(common, draftRows) : common;
      cache = null;
      kept.truncate(common);
      sequence.resume(kept);
      sequence.computed(common);
      sequence.draft().begin(common, drafts);
    }

    /// Gives the blocks back.
    void release() {
      if (cache != null) {
        cache.release();
        cache = null;
      }
    }
  }
}
