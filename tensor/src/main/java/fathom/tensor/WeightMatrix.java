package fathom.tensor;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The weight of a linear map in the format of its file: `rows` outputs by `columns` inputs, each
/// row a whole number of blocks, rows side by side in native (mostly memory-mapped) memory.
///
/// A weight does not own its memory. FP8 weights carry the inverse scales of their 128 x 128
/// blocks, which *multiply* (DeepSeek-V3 report, section 3.3; `weight_scale_inv`).
public final class WeightMatrix {
  private final DType type;
  private final int rows;
  private final int columns;
  private final MemorySegment segment;
  private final @Nullable Fp8Blocks scales;

  private WeightMatrix(
      DType type, int rows, int columns, MemorySegment segment, @Nullable Fp8Blocks scales) {
    this.type = type;
    this.rows = rows;
    this.columns = columns;
    this.segment = segment;
    this.scales = scales;
  }

  /// A weight of `rows` x `columns` numbers of `type` at the start of `segment`.
  ///
  /// @throws IllegalArgumentException if a row is no whole number of blocks, or the segment is heap
  ///   memory or too small
  public static WeightMatrix of(DType type, int rows, int columns, MemorySegment segment) {
    long needed = Math.multiplyExact((long) rows, type.bytes(columns));
    if (!segment.isNative() || segment.byteSize() < needed) {
      throw new IllegalArgumentException(
          "weight %s %d x %d: expected %d native bytes, found %d"
              .formatted(type, rows, columns, needed, segment.byteSize()));
    }
    return new WeightMatrix(type, rows, columns, segment, null);
  }

  /// The same weight with the scales of its FP8 blocks.
  ///
  /// @throws IllegalArgumentException if the type is not FP8 or the grid does not fit
  public WeightMatrix withScales(Fp8Blocks newScales) {
    if (type != DType.F8_E4M3) {
      throw new IllegalArgumentException("scales: expected an F8_E4M3 weight, found " + type);
    }
    newScales.requireFits(rows, columns);
    return new WeightMatrix(type, rows, columns, segment, newScales);
  }

  /// A float32 matrix without gaps between its rows, seen as a weight.
  public static WeightMatrix of(Matrix matrix) {
    if (matrix.stride() != matrix.columns()) {
      throw new IllegalArgumentException("weight: expected rows side by side, found " + matrix);
    }
    return of(DType.F32, matrix.rows(), matrix.columns(), matrix.segment());
  }

  /// Format of the numbers.
  public DType type() {
    return type;
  }

  /// Outputs.
  public int rows() {
    return rows;
  }

  /// Inputs.
  public int columns() {
    return columns;
  }

  /// Bytes of one row.
  public long rowBytes() {
    return type.bytes(columns);
  }

  /// Bytes of all rows.
  public long bytes() {
    return rows * rowBytes();
  }

  /// The memory, starting at row 0.
  public MemorySegment segment() {
    return segment;
  }

  /// Native address of the start of a row.
  public long rowAddress(int row) {
    return segment.address() + row * rowBytes();
  }

  /// The scales of FP8 blocks, or null for any other type and for unscaled FP8.
  public @Nullable Fp8Blocks scales() {
    return scales;
  }

  /// A view of `count` rows.
  public WeightMatrix rows(int first, int count) {
    if (first < 0 || count < 0 || first > rows - count) {
      throw new IllegalArgumentException(
          "weight view: expected rows within 0..%d, found %d..%d"
              .formatted(rows, first, first + count));
    }
    MemorySegment view = segment.asSlice(first * rowBytes(), count * rowBytes());
    Fp8Blocks viewScales = scales == null ? null : scales.fromRow(first);
    return new WeightMatrix(type, count, columns, view, viewScales);
  }

  @Override
  public String toString() {
    return "WeightMatrix[%s %d x %d]".formatted(type, rows, columns);
  }
}
