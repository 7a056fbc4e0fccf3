package fathom.training;

import fathom.model.Packing;
import fathom.model.TrainingBatch;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Cuts a stream of tokens into windows and hands them out in a shuffled order, anew in each epoch.
///
/// Which tokens sample `i` has depends on the seed and on `i` alone. Documents lie in the windows
/// one after the other as they come, so no token is padding; each may see only itself or, as V3
/// does it, all that stand before it in the window.
public final class BatchSampler {
  private final TokenStream stream;
  private final int length;
  private final long seed;
  private final boolean separateDocuments;
  private final Optional<FillInTheMiddle> middle;
  private final long windows;

  /// @param length tokens of a sequence
  /// @throws RecipeException if the stream has less than one window
  BatchSampler(
      TokenStream stream,
      int length,
      long seed,
      boolean separateDocuments,
      Optional<FillInTheMiddle> middle) {
    this.stream = stream;
    this.length = length;
    this.seed = seed;
    this.separateDocuments = separateDocuments;
    this.middle = middle;
    long whole = (stream.tokens() - 1) / length;
    if (whole < 1) {
      throw new RecipeException(
          "data",
          "expected more than length %d tokens".formatted(length),
          String.valueOf(stream.tokens()));
    }
    windows = Math.max(1, whole - 1);
  }

  /// Samples of an epoch.
  public long windows() {
    return windows;
  }

  /// Samples `first .. first + count - 1` of the endless shuffled order.
  public TrainingBatch batch(long first, int count) {
    Rows rows = new Rows(count, length, separateDocuments);
    for (int i = 0; i < count; i++) {
      add(first + i, rows);
    }
    return rows.batch();
  }

  private void add(long sample, Rows rows) {
    long epoch = sample / windows;
    long epochSeed = Permutation.mix(seed + epoch);
    long shift = Math.min(length, stream.tokens() - 1 - windows * length);
    long offset = Long.remainderUnsigned(Permutation.mix(epochSeed), shift + 1);
    long window = new Permutation(windows, epochSeed).at(sample % windows);
    long start = offset + window * length;
    int[] tokens = stream.ids(start, length + 1);
    int[] documents = stream.documentStarts(start, length);
    if (middle.isPresent()) {
      rearrange(tokens, documents, new SplittableRandom(Permutation.mix(epochSeed + sample)));
    }
    rows.add(tokens, documents);
  }

  /// Windows that become a batch, one row each, whole or cut where a document begins.
  private static final class Rows {
    private final int length;
    private final boolean separateDocuments;
    private final int[] ids;
    private final int[] targets;
    private final IdBuffer lengths = new IdBuffer();
    private int filled;

    Rows(int count, int length, boolean separateDocuments) {
      this.length = length;
      this.separateDocuments = separateDocuments;
      ids = new int[count * length];
      targets = new int[count * length];
    }

    /// @param tokens those of the window, and the one after it
    /// @param documents places in the window where documents begin
    void add(int[] tokens, int[] documents) {
      System.arraycopy(tokens, 0, ids, filled, length);
      System.arraycopy(tokens, 1, targets, filled, length);
      int before = 0;
      if (separateDocuments) {
        for (int document : documents) {
          lengths.add(document - before);
          targets[filled + document - 1] = TrainingBatch.NO_TARGET;
          before = document;
        }
      }
      lengths.add(length - before);
      filled += length;
    }

    TrainingBatch batch() {
      int[] sizes = new int[lengths.size()];
      Arrays.setAll(sizes, lengths::get);
      return new TrainingBatch(new Packing(sizes), ids, targets);
    }
  }

  private void rearrange(int[] tokens, int[] documents, RandomGenerator random) {
    int from = 0;
    for (int document : documents) {
      middle.orElseThrow().apply(tokens, from, document, random);
      from = document;
    }
    middle.orElseThrow().apply(tokens, from, tokens.length, random);
  }

  /// The windows of a stream in their order, for validation: at most `tokens` of them.
  static long windowsOf(TokenStream stream, int length, long tokens) {
    return Math.min((stream.tokens() - 1) / length, Math.max(1, tokens / length));
  }

  /// Windows `first .. first + count - 1` of a stream in the order of the text.
  static TrainingBatch inOrder(
      TokenStream stream, int length, boolean separateDocuments, long first, int count) {
    Rows rows = new Rows(count, length, separateDocuments);
    for (int i = 0; i < count; i++) {
      long start = (first + i) * length;
      rows.add(stream.ids(start, length + 1), stream.documentStarts(start, length));
    }
    return rows.batch();
  }
}
