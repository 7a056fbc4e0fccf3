package fathom.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Memory for one step's activations: taken piece by piece, given back all at once.
///
/// Steps repeat, so the n-th matrix of a step mostly has the size of the n-th matrix of the step
/// before; the same object is then handed out again, and a steady state makes no garbage. Memory
/// grows by chunks and is never moved, so that matrices stay valid until [#reset()].
public final class Workspace implements AutoCloseable {
  private static final long CHUNK_BYTES = 16L << 20;
  private static final int ALIGNMENT = 64;

  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> chunks = new ArrayList<>();
  private final List<Matrix> matrices = new ArrayList<>();
  private int next;
  private int chunk;
  private long used;
  private long allocated;
  private long offset;

  /// An empty workspace; memory is taken as steps need it.
  public Workspace() {}

  /// Gives all matrices back; what they held is lost.
  public void reset() {
    next = 0;
    chunk = 0;
    used = 0;
  }

  /// A matrix of undefined content, valid until the next [#reset()].
  public Matrix matrix(int rows, int columns) {
    MemorySegment place = take(Math.multiplyExact((long) rows * columns, (long) Float.BYTES));
    if (next < matrices.size()) {
      Matrix last = matrices.get(next);
      if (last.rows() == rows
          && last.columns() == columns
          && last.address() == place.address() + offset) {
        next++;
        return last;
      }
    }
    Matrix fresh = Matrix.of(place.asSlice(offset), rows, columns);
    if (next < matrices.size()) {
      matrices.set(next, fresh);
    } else {
      matrices.add(fresh);
    }
    next++;
    return fresh;
  }

  /// Bytes of native memory held.
  public long allocatedBytes() {
    return allocated;
  }

  private MemorySegment take(long bytes) {
    long rounded = (Math.max(bytes, 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    while (chunk < chunks.size() && chunks.get(chunk).byteSize() - used < rounded) {
      chunk++;
      used = 0;
    }
    if (chunk == chunks.size()) {
      long size = Math.max(CHUNK_BYTES, rounded);
      chunks.add(arena.allocate(size, ALIGNMENT));
      allocated += size;
    }
    offset = used;
    used += rounded;
    return chunks.get(chunk);
  }

  @Override
  public void close() {
    arena.close();
  }
}
