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
    int[] ids = new int[count * length];
    int[] targets = new int[count * length];
    IdBuffer lengths = new IdBuffer();
    for (int i = 0; i < count; i++) {
      fill(first + i, i * length, ids, targets, lengths);
    }
    int[] sizes = new int[lengths.size()];
    Arrays.setAll(sizes, lengths::get);
    return new TrainingBatch(new Packing(sizes), ids, targets);
  }

  private void fill(long sample, int at, int[] ids, int[] targets, IdBuffer lengths) {
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
    System.arraycopy(tokens, 0, ids, at, length);
    System.arraycopy(tokens, 1, targets, at, length);
    int before = 0;
    for (int document : documents) {
      if (separateDocuments) {
        lengths.add(document - before);
        targets[at + document - 1] = TrainingBatch.NO_TARGET;
        before = document;
      }
    }
    lengths.add(length - before);
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
  static TrainingBatch inOrder(TokenStream stream, int length, long first, int count) {
    int[] ids = new int[count * length];
    int[] targets = new int[count * length];
    int[] lengths = new int[count];
    Arrays.fill(lengths, length);
    for (int i = 0; i < count; i++) {
      int[] tokens = stream.ids((first + i) * length, length + 1);
      System.arraycopy(tokens, 0, ids, i * length, length);
      System.arraycopy(tokens, 1, targets, i * length, length);
    }
    return new TrainingBatch(new Packing(lengths), ids, targets);
  }
}
