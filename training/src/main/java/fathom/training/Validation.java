package fathom.training;

import fathom.model.TokenScores;
import fathom.model.TrainingBatch;
import fathom.model.TrainingPass;
import fathom.tokenizer.Tokenizer;
import java.util.Optional;

/// What a model thinks of text that it has not learned from.
///
/// @param loss mean cross-entropy of a token, in nats
/// @param bitsPerByte bits for each byte of the text, which compares across tokenizers
record Validation(double loss, double bitsPerByte) {
  /// Scores windows in the order of the text: as many, as long and as separate as the recipe says.
  static Validation measure(TrainingPass pass, TokenDataset dataset, TrainingRecipe recipe) {
    TokenStream stream = dataset.validation();
    int window = (int) Math.min(recipe.batch().length(), stream.tokens() - 1);
    long tokens = recipe.keeping().validationTokens();
    long windows = BatchSampler.windowsOf(stream, window, tokens);
    boolean separate = recipe.text().separateDocuments();
    int sequences = recipe.batch().micro();
    Sum sum = new Sum(dataset.tokenizer());
    for (long first = 0; first < windows; first += sequences) {
      int some = (int) Math.min(sequences, windows - first);
      TrainingBatch batch = BatchSampler.inOrder(stream, window, separate, first, some);
      sum.add(batch, pass.score(batch));
    }
    return sum.result().orElseThrow();
  }

  /// Adds up what a model thinks of several batches.
  static final class Sum {
    private final Tokenizer tokenizer;
    private double nats;
    private long count;
    private long bytes;

    Sum(Tokenizer tokenizer) {
      this.tokenizer = tokenizer;
    }

    void add(TrainingBatch batch, TokenScores scores) {
      int[] targets = batch.targets();
      for (int row = 0; row < targets.length; row++) {
        if (targets[row] != TrainingBatch.NO_TARGET) {
          nats -= scores.logProb(row);
          count++;
          bytes += tokenizer.isSpecial(targets[row]) ? 0 : tokenizer.bytes(targets[row]).length;
        }
      }
    }

    /// Nothing if nothing was added.
    Optional<Validation> result() {
      return count == 0
          ? Optional.empty()
          : Optional.of(new Validation(nats / count, nats / Math.log(2) / Math.max(1, bytes)));
    }
  }
}
