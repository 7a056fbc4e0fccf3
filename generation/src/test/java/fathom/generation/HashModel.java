package fathom.generation;

import fathom.model.BlockTable;
import fathom.model.CacheLayout;
import fathom.model.LanguageModel;
import fathom.model.ModelConfig;
import fathom.model.Span;
import fathom.model.StepBatch;
import fathom.tensor.DType;
import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import tools.jackson.databind.json.JsonMapper;

/// A model whose logits are a hash of all tokens that it finds in the cache up to the row's
/// position. One wrong, missing, foreign or overwritten row changes everything that follows, so
/// equal answers prove that the cache was handled exactly. Its drafts are the truth, or, for a
/// chosen share of the positions, nonsense.
final class HashModel implements LanguageModel {
  static final int VOCABULARY = 1032;

  @SuppressWarnings("restricted") // the cache is given as addresses
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final CacheLayout LAYOUT = new CacheLayout(2, 4, DType.F32);
  private static final int MAX_ROWS = 4096;

  private final Arena arena = Arena.ofShared();
  private final ModelConfig config = tinyConfig();
  private final Matrix logits = Matrix.allocate(arena, 512, VOCABULARY);
  private final Matrix states = Matrix.allocate(arena, MAX_ROWS, 4);
  private final double draftAccuracy;
  private final Matrix[] outputs = new Matrix[513];
  private int draftGaps;
  volatile Runnable beforeForward = () -> {};
  volatile Runnable beforeDraft = () -> {};
  volatile java.util.function.IntConsumer onRows = rows -> {};
  volatile int largestStep;

  /// Without a drafting module.
  HashModel() {
    this(-1);
  }

  /// With one that is right at this share of the positions; negative for none.
  HashModel(double draftAccuracy) {
    this.draftAccuracy = draftAccuracy;
  }

  private static ModelConfig tinyConfig() {
    Path file = Fixtures.path("models/deepseek-v3-tiny/config.json");
    try {
      return ModelConfig.of(JsonMapper.shared().readTree(Files.readString(file)), file);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static long blockBytes() {
    return LAYOUT.blockBytes();
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public CacheLayout cacheLayout() {
    return LAYOUT;
  }

  @Override
  public Matrix forward(StepBatch batch) {
    beforeForward.run();
    onRows.accept(batch.rows());
    largestStep = Math.max(largestStep, batch.rows());
    int output = 0;
    for (int i = 0; i < batch.spans().size(); i++) {
      Span span = batch.spans().get(i);
      for (int row = 0; row < span.rows(); row++) {
        write(span.cache(), 0, span.startPosition() + row, batch.ids()[span.firstRow() + row]);
      }
      for (int row = 0; row < span.rows(); row++) {
        int batchRow = span.firstRow() + row;
        long hash = readHash(span.cache(), span.startPosition() + row);
        MEMORY.set(ValueLayout.JAVA_LONG_UNALIGNED, states.rowAddress(batchRow), hash);
        if (output < batch.outputRows().length && batch.outputRows()[output] == batchRow) {
          fill(logits, output++, hash);
        }
      }
    }
    if (output != batch.outputRows().length) {
      throw new IllegalStateException("output rows out of order");
    }
    return outputs(output);
  }

  private Matrix outputs(int count) {
    if (outputs[count] == null) {
      outputs[count] = logits.rows(0, count);
    }
    return outputs[count];
  }

  @Override
  public Matrix lastHidden() {
    throw new UnsupportedOperationException("nobody asks for this");
  }

  @Override
  public Matrix lastStates() {
    return states; // its first rows are the step's
  }

  @Override
  public OptionalInt draftLayer() {
    return draftAccuracy < 0 ? OptionalInt.empty() : OptionalInt.of(1);
  }

  @Override
  public Matrix draft(StepBatch batch, Matrix hidden) {
    beforeDraft.run();
    int output = 0;
    for (int i = 0; i < batch.spans().size(); i++) {
      Span span = batch.spans().get(i);
      for (int row = 0; row < span.rows(); row++) {
        int batchRow = span.firstRow() + row;
        int position = span.startPosition() + row;
        int id = batch.ids()[batchRow];
        write(span.cache(), 1, position, id);
        for (int k = 0; k <= position; k++) {
          draftGaps += readPosition(span.cache(), 1, k) == k ? 0 : 1;
        }
        if (output < batch.outputRows().length && batch.outputRows()[output] == batchRow) {
          long state =
              MEMORY.get(
                  ValueLayout.JAVA_LONG_UNALIGNED,
                  hidden.address() + (long) batchRow * hidden.stride() * Float.BYTES);
          long next = mix(state, id, position + 1);
          boolean right = (mix(next, 77, 0) >>> 11) * 0x1p-53 < draftAccuracy;
          fill(logits, output++, right ? next : ~next);
        }
      }
    }
    return outputs(output);
  }

  /// Rows of the drafting layer that were read before they were written.
  int draftGaps() {
    return draftGaps;
  }

  /// The logits after `ids[0 .. length)`, computed without any cache.
  static float[] logitsAfter(int[] ids, int length) {
    long hash = 0;
    for (int position = 0; position < length; position++) {
      hash = mix(hash, ids[position], position);
    }
    float[] values = new float[VOCABULARY];
    for (int id = 0; id < VOCABULARY; id++) {
      values[id] = logit(hash, id);
    }
    return values;
  }

  private static void fill(Matrix matrix, int row, long hash) {
    for (int id = 0; id < VOCABULARY; id++) {
      matrix.set(row, id, logit(hash, id));
    }
  }

  private static float logit(long hash, int id) {
    float u = (mix(hash, id, -1) >>> 40) * 0x1p-24f;
    return 9 * u * u * u;
  }

  private static void write(BlockTable cache, int layer, int position, int id) {
    long address = cache.rowAddress(layer, position);
    MEMORY.set(ValueLayout.JAVA_INT, address, id);
    MEMORY.set(ValueLayout.JAVA_INT, address + 4, position);
  }

  private static int readPosition(BlockTable cache, int layer, int position) {
    return MEMORY.get(ValueLayout.JAVA_INT, cache.rowAddress(layer, position) + 4);
  }

  private static long readHash(BlockTable cache, int last) {
    long hash = 0;
    for (int position = 0; position <= last; position++) {
      int id = MEMORY.get(ValueLayout.JAVA_INT, cache.rowAddress(0, position));
      hash = mix(hash, id, readPosition(cache, 0, position));
    }
    return hash;
  }

  private static long mix(long hash, int id, int position) {
    long z = hash * 31 + id * 0x9E3779B97F4A7C15L + position * 0xD1B54A32D192ED03L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  @Override
  public void close() {
    arena.close();
  }
}
