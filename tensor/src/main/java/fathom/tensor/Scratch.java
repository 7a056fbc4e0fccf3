package fathom.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// What one thread needs while it computes one part of an operation: tiles and native buffers. Made
/// once and reused, so that a steady state allocates nothing.
final class Scratch {
  /// The uses of native buffers, each with its own.
  enum Buffer {
    /// Decoded weights or keys.
    ROWS,
    /// Decoded values.
    VALUES,
    /// Vectors of partial sums.
    SUMS,
    /// Queries side by side.
    QUERIES,
    /// Scores of attention.
    SCORES,
    /// Results of attention before they are scaled.
    OUTPUTS,
    /// What [RowQuad] keeps on the way.
    SPARE,
    /// Gradients of scores.
    GRADIENTS,
    /// Gradients of queries.
    QUERY_GRADIENTS
  }

  final DotTile dot = new DotTile();
  final BlockDot blockDot = new BlockDot();
  final AxpyTile axpy = new AxpyTile();
  final MatmulBand band = new MatmulBand();
  final StoredBlock stored = new StoredBlock();
  final AttentionPart attention = new AttentionPart();
  final AttentionBackwardPart attentionBackward = new AttentionBackwardPart();
  final RowDecoder.Target decoded = new RowDecoder.Target();
  private final Arena arena = Arena.ofAuto();
  private final EnumMap<Buffer, MemorySegment> buffers = new EnumMap<>(Buffer.class);

  private Scratch() {}

  /// Address of a buffer of at least `bytes`, 64-byte aligned; what it held may be lost.
  long buffer(Buffer use, long bytes) {
    MemorySegment segment = buffers.get(use);
    if (segment == null || segment.byteSize() < bytes) {
      segment = arena.allocate(Long.highestOneBit(Math.max(bytes, 4096) * 2 - 1), 64);
      buffers.put(use, segment);
    }
    return segment.address();
  }

  /// As many scratches as threads; a part takes one and gives it back.
  static final class Pool {
    private final AtomicReferenceArray<@Nullable Scratch> free;

    Pool(int threads) {
      free = new AtomicReferenceArray<>(threads);
      for (int i = 0; i < threads; i++) {
        free.set(i, new Scratch());
      }
    }

    Scratch take() {
      for (int i = 0; i < free.length(); i++) {
        Scratch scratch = free.getAndSet(i, null);
        if (scratch != null) {
          return scratch;
        }
      }
      // More threads at once than the pool said: correct, only not free of garbage.
      return new Scratch();
    }

    void give(Scratch scratch) {
      for (int i = 0; i < free.length(); i++) {
        if (free.compareAndSet(i, null, scratch)) {
          return;
        }
      }
    }
  }
}
