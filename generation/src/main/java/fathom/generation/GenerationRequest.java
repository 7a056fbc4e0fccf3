package fathom.generation;

import static fathom.generation.InvalidRequestException.require;

import java.util.List;
import java.util.Optional;

/// A prompt and how to go on from it. Immutable; made by [#builder(int...)].
public final class GenerationRequest {
  /// The user of requests that name none.
  public static final String ANONYMOUS = "";

  private static final int MAX_USER_LENGTH = 512;

  private final int[] prompt;
  private final SamplingParameters sampling;
  private final String user;
  private final Optional<Grammar> grammar;
  private final boolean grammarAfterThinking;
  private final List<CallBeginning> calls;
  private final boolean text;
  private final boolean cached;

  private GenerationRequest(Builder builder) {
    prompt = builder.prompt.clone();
    sampling = builder.sampling;
    user = builder.user;
    grammar = builder.grammar;
    grammarAfterThinking = builder.grammarAfterThinking;
    calls = builder.calls;
    text = builder.text;
    cached = builder.cached;
    require(prompt.length > 0, "prompt", "expected at least one token, found none");
    require(
        user.length() <= MAX_USER_LENGTH,
        "user_id",
        "expected at most %d characters, found %d",
        MAX_USER_LENGTH,
        user.length());
  }

  /// A builder for a request that continues these tokens.
  public static Builder builder(int... prompt) {
    return new Builder(prompt);
  }

  /// A copy of the prompt's tokens.
  public int[] prompt() {
    return prompt.clone();
  }

  int promptLength() {
    return prompt.length;
  }

  /// How tokens are chosen and when to end.
  public SamplingParameters sampling() {
    return sampling;
  }

  /// Whose request it is: caches are shared within a user only, and users get equal shares.
  public String user() {
    return user;
  }

  /// What the answer must match.
  public Optional<Grammar> grammar() {
    return grammar;
  }

  /// Whether the grammar begins only after `</think>`.
  public boolean grammarAfterThinking() {
    return grammarAfterThinking;
  }

  /// What must follow once the answer begins to call tools; empty for anything.
  public List<CallBeginning> calls() {
    return calls;
  }

  /// Whether the tokens are to be decoded to text; stop strings are decoded anyway.
  public boolean text() {
    return text || !sampling.ending().stopStrings().isEmpty();
  }

  /// Whether the prefix cache is read and filled.
  public boolean cached() {
    return cached;
  }

  /// Collects a request.
  public static final class Builder {
    private final int[] prompt;
    private SamplingParameters sampling = SamplingParameters.builder().build();
    private String user = ANONYMOUS;
    private Optional<Grammar> grammar = Optional.empty();
    private boolean grammarAfterThinking;
    private List<CallBeginning> calls = List.of();
    private boolean text = true;
    private boolean cached = true;

    private Builder(int[] prompt) {
      this.prompt = prompt;
    }

    /// How tokens are chosen and when to end; the default is [SamplingParameters#builder()]'s.
    public Builder sampling(SamplingParameters value) {
      sampling = value;
      return this;
    }

    /// Whose request it is.
    public Builder user(String value) {
      user = value;
      return this;
    }

    /// Makes the answer match a grammar from its first token on.
    public Builder grammar(Grammar value) {
      grammar = Optional.of(value);
      grammarAfterThinking = false;
      return this;
    }

    /// Makes the answer match a grammar from the first token after `</think>` on.
    public Builder grammarAfterThinking(Grammar value) {
      grammar = Optional.of(value);
      grammarAfterThinking = true;
      return this;
    }

    /// Leaves the answer free until, outside of any thought, it writes one of these markers, and
    /// holds it to what belongs to that marker from there on. Without effect beside a grammar for
    /// the whole answer.
    public Builder calls(List<CallBeginning> value) {
      calls = List.copyOf(value);
      return this;
    }

    /// Leaves the tokens undecoded, for callers that only want ids.
    public Builder withoutText() {
      text = false;
      return this;
    }

    /// Neither reads nor fills the prefix cache.
    public Builder uncached() {
      cached = false;
      return this;
    }

    /// The checked request.
    ///
    /// @throws InvalidRequestException if there is no prompt or the user's name is too long
    public GenerationRequest build() {
      return new GenerationRequest(this);
    }
  }
}
