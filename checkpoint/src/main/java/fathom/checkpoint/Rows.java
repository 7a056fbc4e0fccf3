package fathom.checkpoint;

import fathom.tensor.Codec;
import fathom.tensor.DType;
import fathom.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Where the numbers of a tensor that is to be written come from: rows of another tensor, in its
/// order or another, of several tensors, or computed. Any thread may read any row.
sealed interface Rows {
  long count();

  int columns();

  /// The format whose bytes [#copy] gives; null if the rows exist only as float32.
  @Nullable DType rawType();

  /// Copies the bytes of a row as they are.
  void copy(long row, MemorySegment target, long offset);

  /// Decodes a row into the first [#columns()] numbers of `target`.
  void read(long row, float[] target);

  /// These rows, with everything computed that they need; what that takes is let go with them.
  default Rows load() {
    return this;
  }

  /// Rows of a mapped tensor, seen as a matrix of its last dimension; FP8 numbers are multiplied by
  /// their scales.
  record OfTensor(TensorEntry tensor, int columns, @Nullable Matrix scales) implements Rows {
    @Override
    public long count() {
      return columns == 0 ? 0 : tensor.shape().elements() / columns;
    }

    @Override
    public @Nullable DType rawType() {
      return scales == null ? tensor.type() : null;
    }

    private long rowBytes() {
      return tensor.type().bytes(columns);
    }

    @Override
    public void copy(long row, MemorySegment target, long offset) {
      MemorySegment.copy(tensor.segment(), row * rowBytes(), target, offset, rowBytes());
    }

    @Override
    public void read(long row, float[] target) {
      Codec.of(tensor.type()).dequantize(tensor.segment(), row * rowBytes(), target, 0, columns);
      if (scales != null) {
        for (int column = 0; column < columns; column++) {
          target[column] *= scales.get((int) (row / 128), column / 128);
        }
      }
    }
  }

  /// Rows of others, which have one width, in a new order: row r is row `choice(r)` of all the rows
  /// of all parts, counted through.
  record Chosen(List<Rows> parts, long count, LongUnaryOperator choice) implements Rows {
    /// The parts one after the other.
    static Chosen stacked(List<Rows> parts) {
      long count = parts.stream().mapToLong(Rows::count).sum();
      return new Chosen(parts, count, LongUnaryOperator.identity());
    }

    @Override
    public int columns() {
      return parts.getFirst().columns();
    }

    @Override
    public @Nullable DType rawType() {
      DType first = parts.getFirst().rawType();
      return parts.stream().allMatch(part -> part.rawType() == first) ? first : null;
    }

    @Override
    public void copy(long row, MemorySegment target, long offset) {
      long rest = choice.applyAsLong(row);
      part(rest).copy(within(rest), target, offset);
    }

    @Override
    public void read(long row, float[] target) {
      long rest = choice.applyAsLong(row);
      part(rest).read(within(rest), target);
    }

    // Experts have one size, and other choices have at most two parts, so a division or one step
    // finds the part.
    private Rows part(long row) {
      long first = parts.getFirst().count();
      return row < first
          ? parts.getFirst()
          : parts.get(parts.size() == 2 ? 1 : (int) (row / first));
    }

    private long within(long row) {
      long first = parts.getFirst().count();
      return row < first ? row : parts.size() == 2 ? row - first : row % first;
    }

    @Override
    public Rows load() {
      return new Chosen(parts.stream().map(Rows::load).toList(), count, choice);
    }
  }

  /// Rows that are computed when they are needed, all at once.
  record Computed(long count, int columns, Supplier<Values> values) implements Rows {
    /// Each of the `slices` that `rows` consists of, transposed.
    static Computed transposed(Rows rows, int slices) {
      int height = Math.toIntExact(rows.count() / slices);
      return new Computed(
          (long) slices * rows.columns(), height, () -> Values.transpose(rows, slices));
    }

    @Override
    public @Nullable DType rawType() {
      return null;
    }

    @Override
    public void copy(long row, MemorySegment target, long offset) {
      throw new IllegalStateException("rows: expected load() before they are read");
    }

    @Override
    public void read(long row, float[] target) {
      throw new IllegalStateException("rows: expected load() before they are read");
    }

    @Override
    public Rows load() {
      return values.get();
    }
  }

  /// Rows in memory.
  final class Values implements Rows {
    private final float[] numbers;
    private final int columns;

    Values(int columns, float... numbers) {
      this.numbers = numbers;
      this.columns = columns;
    }

    private static Values transpose(Rows rows, int slices) {
      int height = Math.toIntExact(rows.count() / slices);
      int width = rows.columns();
      float[] numbers = new float[Math.toIntExact(rows.count() * width)];
      float[] row = new float[width];
      for (int slice = 0; slice < slices; slice++) {
        for (int y = 0; y < height; y++) {
          rows.read((long) slice * height + y, row);
          for (int x = 0; x < width; x++) {
            numbers[(slice * width + x) * height + y] = row[x];
          }
        }
      }
      return new Values(height, numbers);
    }

    @Override
    public long count() {
      return numbers.length / columns;
    }

    @Override
    public int columns() {
      return columns;
    }

    @Override
    public @Nullable DType rawType() {
      return null;
    }

    @Override
    public void copy(long row, MemorySegment target, long offset) {
      throw new IllegalStateException("rows: computed numbers have no bytes of a file");
    }

    @Override
    public void read(long row, float[] target) {
      System.arraycopy(numbers, Math.toIntExact(row * columns), target, 0, columns);
    }
  }
}
