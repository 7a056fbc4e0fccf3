package fathom.model;

import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;

/// One sequence with a cache of its own, for tests.
final class CachedSequence implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final LanguageModel model;
  private final BlockTable cache;
  private int length;

  CachedSequence(LanguageModel model) {
    this.model = model;
    this.cache = new BlockTable(model.cacheLayout());
  }

  int length() {
    return length;
  }

  BlockTable cache() {
    return cache;
  }

  /// A span for the next `count` tokens; the sequence moves on by them.
  Span next(int firstRow, int count) {
    while (cache.capacity() < length + count) {
      cache.append(arena.allocate(model.cacheLayout().blockBytes(), 64).address());
    }
    Span span = new Span(firstRow, count, length, cache);
    length += count;
    return span;
  }

  void rewind(int newLength) {
    length = newLength;
  }

  /// Runs `ids` and returns a copy of the logits of all of them.
  float[][] forward(int... ids) {
    Span span = next(0, ids.length);
    int[] all = IntStream.range(0, ids.length).toArray();
    return copy(model.forward(new StepBatch(ids, List.of(span), all)));
  }

  /// Drafts for `ids`, the tokens that follow those whose states are `hidden`.
  float[][] draft(int from, int[] ids, Matrix hidden) {
    int before = length;
    length = from;
    Span span = next(0, ids.length);
    length = Math.max(before, length);
    int[] all = IntStream.range(0, ids.length).toArray();
    return copy(model.draft(new StepBatch(ids, List.of(span), all), hidden));
  }

  /// Greedy continuation of a prompt.
  int[] greedy(int[] prompt, int count) {
    float[][] logits = forward(prompt);
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = argmax(logits[logits.length - 1]);
      logits = forward(ids[i]);
    }
    return ids;
  }

  static int argmax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  static float[][] copy(Matrix matrix) {
    float[][] rows = new float[matrix.rows()][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = matrix.toArray(row);
    }
    return rows;
  }

  @Override
  public void close() {
    arena.close();
  }
}
