package fathom.training;

import fathom.model.TokenScores;
import fathom.model.TrainingBatch;
import fathom.model.TrainingPass;
import fathom.tokenizer.Tokenizer;

/// What a model thinks of text that it has not learned from.
///
/// @param loss mean cross-entropy of a token, in nats
/// @param bitsPerByte bits for each byte of the text, which compares across tokenizers
record Validation(double loss, double bitsPerByte) {
  /// Scores windows in the order of the text.
  ///
  /// @param tokens tokens at most
  /// @param sequences windows scored at a time
  static Validation measure(
      TrainingPass pass, TokenDataset dataset, int length, long tokens, int sequences) {
    TokenStream stream = dataset.validation();
    int window = (int) Math.min(length, stream.tokens() - 1);
    long windows = BatchSampler.windowsOf(stream, window, tokens);
    double nats = 0;
    long count = 0;
    long bytes = 0;
    for (long first = 0; first < windows; first += sequences) {
      int some = (int) Math.min(sequences, windows - first);
      TrainingBatch batch = BatchSampler.inOrder(stream, window, first, some);
      TokenScores scores = pass.score(batch);
      for (int row = 0; row < scores.rows(); row++) {
        nats -= scores.logProb(row);
      }
      count += scores.rows();
      bytes += bytes(dataset.tokenizer(), batch.targets());
    }
    return new Validation(nats / count, nats / Math.log(2) / Math.max(1, bytes));
  }

  private static long bytes(Tokenizer tokenizer, int[] ids) {
    long bytes = 0;
    for (int id : ids) {
      bytes += tokenizer.isSpecial(id) ? 0 : tokenizer.bytes(id).length;
    }
    return bytes;
  }
}
