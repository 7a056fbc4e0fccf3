package fathom.model;

import fathom.tensor.HeadColumns;
import fathom.tensor.Matrix;
import fathom.tensor.RotaryTable;
import java.lang.foreign.Arena;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Turns pairs of a query's or key's numbers by an angle proportional to the position, so that
/// their product depends on the distance alone (RoPE, arXiv 2104.09864).
///
/// Cosines and sines of a position are computed when the first sequence gets that far, in double
/// precision.
final class RotaryEmbedding {
  private static final int FIRST_POSITIONS = 128;

  private final Arena arena;
  private final RopeConfig rope;
  private final int dim;
  private final boolean honourAttnFactor;
  private @Nullable RotaryTable table;

  /// The embedding of `dim` columns; its tables live as long as `arena`.
  RotaryEmbedding(Arena arena, RopeConfig rope, int dim, boolean honourAttnFactor) {
    this.arena = arena;
    this.rope = rope;
    this.dim = dim;
    this.honourAttnFactor = honourAttnFactor;
  }

  /// Makes sure that the positions below `positions` can be rotated.
  void require(int positions) {
    int known = table == null ? 0 : table.cos().rows();
    if (positions > known) {
      long enough = Math.max(Math.max(positions, FIRST_POSITIONS), 2L * known);
      table = compute((int) Math.min(enough, Integer.MAX_VALUE));
    }
  }

  private RotaryTable compute(int positions) {
    double[] frequencies = RopeFrequencies.of(rope, dim);
    double amplitude = RopeFrequencies.amplitude(rope, honourAttnFactor);
    Matrix cos = Matrix.allocate(arena, positions, frequencies.length);
    Matrix sin = Matrix.allocate(arena, positions, frequencies.length);
    for (int position = 0; position < positions; position++) {
      for (int pair = 0; pair < frequencies.length; pair++) {
        double angle = position * frequencies[pair];
        cos.set(position, pair, (float) (Math.cos(angle) * amplitude));
        sin.set(position, pair, (float) (Math.sin(angle) * amplitude));
      }
    }
    return new RotaryTable(
        cos, sin, rope.interleaved() ? RotaryTable.Layout.INTERLEAVED : RotaryTable.Layout.HALVES);
  }

  /// Rotates each row's heads by the row's position, in place.
  void forward(Tape tape, Variable x, int[] positions, HeadColumns heads) {
    RotaryTable current = Objects.requireNonNull(table, "rope: require() comes first");
    tape.kernels().rope(current, positions, heads, x.value());
    if (tape.isRecording()) {
      tape.record(() -> backward(tape, x, positions, heads, current));
    }
  }

  /// The inverse rotation of the gradient, in place: a rotation's transpose. The amplitude, a
  /// factor in both directions, is part of the table.
  private static void backward(
      Tape tape, Variable x, int[] positions, HeadColumns heads, RotaryTable table) {
    tape.kernels().ropeInverse(table, positions, heads, x.gradient());
  }
}
