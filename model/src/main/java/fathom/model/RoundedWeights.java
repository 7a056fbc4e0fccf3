package fathom.model;

import fathom.tensor.DType;
import fathom.tensor.Fp8Blocks;
import fathom.tensor.Fp8Quantizer;
import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// FP8 copies of a model's linear maps, with a scale for each block of 128 x 128, which products
/// read in place of the float32 weights that are trained (DeepSeek-V3 report, section 3.3): what is
/// learned is then what the weights are worth once they are released in FP8.
///
/// As in V3, embedding, head, norms, routers and the projection of multi-token prediction stay as
/// they are.
public final class RoundedWeights {
  private final Workers workers;
  private final List<Copy> copies = new ArrayList<>();

  private record Copy(Matrix exact, MemorySegment numbers, Matrix scales) {
    void round() {
      Fp8Quantizer.quantize(exact, numbers, scales);
    }
  }

  /// Has the products of a stack whose parameters are bound to float32 memory read rounded copies.
  ///
  /// @param arena what the copies live as long as
  public RoundedWeights(DecoderStack stack, Workers workers, Arena arena) {
    this.workers = workers;
    for (Parameter parameter : stack.parameters().all()) {
      if (isRounded(parameter)) {
        copies.add(copy(parameter, arena));
      }
    }
    refresh();
  }

  private static boolean isRounded(Parameter parameter) {
    String name = parameter.name();
    return (parameter.role() == Parameter.Role.MATRIX || parameter.role() == Parameter.Role.EXPERT)
        && (name.endsWith("_proj.weight") || name.endsWith("_proj_with_mqa.weight"))
        && !name.endsWith("eh_proj.weight");
  }

  private static Copy copy(Parameter parameter, Arena arena) {
    int rows = parameter.rows();
    int columns = parameter.columns();
    MemorySegment numbers = arena.allocate((long) rows * columns, 64);
    Matrix scales =
        Matrix.allocate(
            arena, Math.ceilDiv(rows, Fp8Blocks.SIZE), Math.ceilDiv(columns, Fp8Blocks.SIZE));
    Copy copy = new Copy(parameter.values(), numbers, scales);
    parameter.read(
        WeightMatrix.of(DType.F8_E4M3, rows, columns, numbers).withScales(new Fp8Blocks(scales)));
    return copy;
  }

  /// Rounds the weights again, since they were moved.
  public void refresh() {
    workers.run(copies.size(), copy -> copies.get(copy).round());
  }

  /// Bytes of the copies.
  public long bytes() {
    return copies.stream()
        .mapToLong(
            copy ->
                copy.numbers.byteSize()
                    + (long) Float.BYTES * copy.scales.rows() * copy.scales.columns())
        .sum();
  }
}
