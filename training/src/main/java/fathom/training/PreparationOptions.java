package fathom.training;

/// How text becomes a data set.
///
/// @param vocabularySize ids of the tokenizer that is trained if none is given
/// @param heldOut share of the text kept for validation
/// @param deduplicate whether near copies are dropped; exact ones always are
/// @param seed decides which documents are held out
/// @param threads threads that encode and train; the result does not depend on them
/// @param shardTokens tokens after which a new shard begins
public record PreparationOptions(
    int vocabularySize,
    double heldOut,
    boolean deduplicate,
    long seed,
    int threads,
    int shardTokens) {
  private static final int SHARD_TOKENS = 100_000_000;

  /// Checks the ranges.
  public PreparationOptions {
    if (!(heldOut > 0 && heldOut < 1)) {
      throw new RecipeException("held_out", "expected a share within (0, 1)", heldOut + "");
    }
    if (threads < 1 || shardTokens < 1) {
      throw new RecipeException(
          "preparation", "expected positive numbers", threads + ", " + shardTokens);
    }
  }

  /// Options with shards of 100 million tokens.
  public static PreparationOptions of(
      int vocabularySize, TrainingRecipe.TextRecipe text, long seed, int threads) {
    return new PreparationOptions(
        vocabularySize, text.heldOut(), text.deduplicate(), seed, threads, SHARD_TOKENS);
  }
}
