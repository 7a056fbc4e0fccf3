package fathom.model;

import fathom.tensor.Matrix;
import java.util.OptionalInt;

/// A loaded model: token ids in, logits out. Immutable but for its scratch memory; what belongs to
/// a sequence lives in the cache blocks that the step names. One thread at a time may run a step.
public interface LanguageModel extends AutoCloseable {
  /// The validated configuration.
  ModelConfig config();

  /// What a cache block must look like.
  CacheLayout cacheLayout();

  /// Runs one step: writes the caches of all spans and returns the logits `[outputRows,
  /// vocabulary]`, valid until the next step.
  ///
  /// Positions may go beyond `max_position_embeddings`, as far as there is cache; how far it makes
  /// sense is for the caller to say.
  ///
  /// @throws IllegalArgumentException if an id lies outside the vocabulary, or a cache has another
  ///   layout
  Matrix forward(StepBatch batch);

  /// The state after the final norm of the rows of the last [#forward] that were output rows
  /// `[outputRows, hidden]`, valid until the next step: what multi-token prediction starts from.
  Matrix lastHidden();

  /// The state after the final norm of *all* rows of the last [#forward] `[rows, hidden]`, valid
  /// until the next step. Drafting needs the states of the whole prompt, of whose rows only the
  /// last one is an output row. Costs one norm more; not available after [#draft].
  Matrix lastStates();

  /// Layer of the cache that the multi-token-prediction module writes; empty if the checkpoint has
  /// none.
  OptionalInt draftLayer();

  /// Drafts: for each row i of the batch, `ids[i]` is the token *after* the one whose state is
  /// `hidden` row i; returns the logits of the token after that `[outputRows, vocabulary]`. Writes
  /// the draft layer of the caches at the spans' positions. [#lastHidden] then gives the states to
  /// draft further from.
  ///
  /// @throws IllegalStateException if there is no such module
  Matrix draft(StepBatch batch, Matrix hidden);

  @Override
  void close();
}
