package fathom.checkpoint;

import fathom.tensor.Codec;
import fathom.tensor.DType;
import fathom.tensor.Fp8Blocks;
import fathom.tensor.Fp8Quantizer;
import fathom.tensor.Matrix;
import fathom.tensor.Shape;
import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Brings rows into the format in which they are written and streams them to the writer, a few
/// megabytes at a time. Each worker converts rows of its own, so the result does not depend on
/// their number.
final class RowCopier {
  /// Numbers that one part of the work converts.
  private static final int PART = 1 << 16;

  private static final int PARTS = 32;

  /// Bands of 128 rows that are converted to FP8 at the same time.
  private static final int BANDS = 4;

  private final TensorWriter writer;
  private final Workers workers;
  private final ConversionProgress progress;
  private final long total;
  private long done;

  /// Tells `progress` of every piece of the `total` bytes that are written.
  RowCopier(TensorWriter writer, Workers workers, ConversionProgress progress, long total) {
    this.writer = writer;
    this.workers = workers;
    this.progress = progress;
    this.total = total;
  }

  private void write(String tensor, MemorySegment bytes) {
    writer.write(tensor, bytes);
    done += bytes.byteSize();
    progress.advanced(tensor, done, total);
  }

  /// The tensors that are written for `planned`: behind each in block FP8 that of its scales.
  static List<TensorSpec> written(List<PlannedTensor> planned) {
    List<TensorSpec> specs = new ArrayList<>();
    for (PlannedTensor tensor : planned) {
      specs.add(tensor.spec());
      if (tensor.spec().type() == DType.F8_E4M3) {
        specs.add(scales(tensor.spec()));
      }
    }
    return specs;
  }

  private static TensorSpec scales(TensorSpec weight) {
    long rows = Math.ceilDiv(weight.shape().dim(0), Fp8Blocks.SIZE);
    long columns = Math.ceilDiv(weight.shape().dim(1), Fp8Blocks.SIZE);
    return new TensorSpec(weight.name() + "_scale_inv", DType.F32, Shape.of(rows, columns));
  }

  /// Writes one tensor, and its scales if it is in block FP8.
  void copy(TensorSpec spec, Rows source) {
    Rows rows = source.load();
    if (rows.count() * rows.columns() != spec.shape().elements()) {
      throw new IllegalArgumentException(
          "%s: expected %s numbers, found %d rows of %d"
              .formatted(spec.name(), spec.shape(), rows.count(), rows.columns()));
    }
    if (rows.count() == 0) {
      return;
    }
    if (spec.type() == DType.F8_E4M3) {
      copyScaled(spec, rows);
      return;
    }
    int partRows = Math.max(1, PART / rows.columns());
    long rowBytes = spec.type().bytes(rows.columns());
    long chunkRows = Math.min(rows.count(), (long) partRows * PARTS);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment chunk = arena.allocate(chunkRows * rowBytes, 64);
      for (long first = 0; first < rows.count(); first += chunkRows) {
        long begin = first;
        long end = Math.min(first + chunkRows, rows.count());
        workers.run(
            Math.toIntExact(Math.ceilDiv(end - begin, (long) partRows)),
            part -> {
              long from = begin + (long) part * partRows;
              convert(rows, from, Math.min(from + partRows, end), spec.type(), chunk, begin);
            });
        write(spec.name(), chunk.asSlice(0, (end - begin) * rowBytes));
      }
    }
  }

  /// Bands of 128 rows, each of which has scales of its own.
  private void copyScaled(TensorSpec spec, Rows rows) {
    int columns = rows.columns();
    int blocks = Math.ceilDiv(columns, Fp8Blocks.SIZE);
    long bandBytes = (long) Fp8Blocks.SIZE * columns;
    TensorSpec scaleSpec = scales(spec);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment numbers = arena.allocate(BANDS * bandBytes, 64);
      Matrix scales = Matrix.allocate(arena, BANDS, blocks);
      Matrix floats = Matrix.allocate(arena, BANDS * Fp8Blocks.SIZE, columns);
      for (long first = 0; first < rows.count(); first += (long) BANDS * Fp8Blocks.SIZE) {
        long begin = first;
        int count = (int) Math.min((long) BANDS * Fp8Blocks.SIZE, rows.count() - first);
        int bands = Math.ceilDiv(count, Fp8Blocks.SIZE);
        workers.run(
            bands,
            band -> {
              int from = band * Fp8Blocks.SIZE;
              Matrix part = floats.rows(from, Math.min(Fp8Blocks.SIZE, count - from));
              float[] row = new float[columns];
              for (int i = 0; i < part.rows(); i++) {
                rows.read(begin + from + i, row);
                part.setRow(i, row);
              }
              Fp8Quantizer.quantize(part, numbers.asSlice(band * bandBytes), scales.rows(band, 1));
            });
        write(spec.name(), numbers.asSlice(0, (long) count * columns));
        write(scaleSpec.name(), scales.segment().asSlice(0, (long) bands * blocks * Float.BYTES));
      }
    }
  }

  private static void convert(
      Rows rows, long from, long to, DType type, MemorySegment chunk, long chunkStart) {
    long rowBytes = type.bytes(rows.columns());
    boolean asIs = rows.rawType() == type;
    float[] numbers = asIs ? new float[0] : new float[rows.columns()];
    Codec codec = asIs ? null : Codec.of(type);
    for (long row = from; row < to; row++) {
      long offset = (row - chunkStart) * rowBytes;
      if (codec == null) {
        rows.copy(row, chunk, offset);
      } else {
        rows.read(row, numbers);
        codec.quantize(numbers, 0, rows.columns(), chunk, offset);
      }
    }
  }
}
