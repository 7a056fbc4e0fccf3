package fathom.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Memory for one step's activations: taken piece by piece, given back all at once, or back to a
/// mark.
///
/// Steps repeat, so the n-th matrix of a step mostly has the size of the n-th matrix of the step
/// before, or of one not long before it; the same object is then handed out again, and a steady
/// state makes no garbage. Memory grows by chunks and is never moved, so that matrices stay valid
/// until they are given back.
public final class Workspace implements AutoCloseable {
  private static final long FIRST_CHUNK_BYTES = 1L << 20;
  private static final long CHUNK_BYTES = 16L << 20;
  private static final int ALIGNMENT = 64;

  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> chunks = new ArrayList<>();
  private final List<Slot> slots = new ArrayList<>();
  private long[] marks = new long[24];
  private int markCount;
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
    markCount = 0;
  }

  /// Remembers how much is taken; [#pop()] gives back what is taken from here on.
  public void push() {
    if (markCount + 3 > marks.length) {
      marks = Arrays.copyOf(marks, 2 * marks.length);
    }
    marks[markCount++] = next;
    marks[markCount++] = chunk;
    marks[markCount++] = used;
  }

  /// Gives back what was taken since the last [#push()] that was not yet undone.
  ///
  /// @throws IllegalStateException if there is none
  public void pop() {
    if (markCount == 0) {
      throw new IllegalStateException("workspace: expected a push() before this pop(), found none");
    }
    used = marks[--markCount];
    chunk = (int) marks[--markCount];
    next = (int) marks[--markCount];
  }

  /// A matrix of undefined content, valid until it is given back.
  public Matrix matrix(int rows, int columns) {
    MemorySegment place = take(Math.multiplyExact((long) rows * columns, (long) Float.BYTES));
    if (next == slots.size()) {
      slots.add(new Slot());
    }
    Slot slot = slots.get(next++);
    Matrix last = slot.find(rows, columns, place.address() + offset);
    return last == null ? slot.keep(Matrix.of(place.asSlice(offset), rows, columns)) : last;
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
      // the JDK clears what it hands out, so that what is not needed yet costs time
      long wanted = Math.clamp(allocated, FIRST_CHUNK_BYTES, CHUNK_BYTES);
      long size = Math.max(wanted, rounded);
      chunks.add(LargeMemory.allocate(arena, size));
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

  /// The last few matrices that were handed out at one place in the order of a step.
  private static final class Slot {
    private final @Nullable Matrix[] recent = new Matrix[8];
    private int oldest;

    @Nullable Matrix find(int rows, int columns, long address) {
      for (Matrix matrix : recent) {
        if (matrix != null
            && matrix.rows() == rows
            && matrix.columns() == columns
            && matrix.address() == address) {
          return matrix;
        }
      }
      return null;
    }

    Matrix keep(Matrix matrix) {
      recent[oldest] = matrix;
      oldest = (oldest + 1) % recent.length;
      return matrix;
    }
  }
}
