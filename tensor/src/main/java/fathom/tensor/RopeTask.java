package fathom.tensor;

import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/// Rotation of pairs by the angles of their positions, forwards and backwards.
final class RopeTask extends RowTask {
  // Positions in two vectors side by side: the even and odd numbers, and their way back.
  private static final VectorShuffle<Float> EVEN = pick(i -> 2 * i);
  private static final VectorShuffle<Float> ODD = pick(i -> 2 * i + 1);
  private static final VectorShuffle<Float> LOW = pick(i -> i / 2 + i % 2 * Lanes.LENGTH);
  private static final VectorShuffle<Float> HIGH =
      pick(i -> (Lanes.LENGTH + i) / 2 + i % 2 * Lanes.LENGTH);

  private final Rows x = new Rows();
  private final Rows cos = new Rows();
  private final Rows sin = new Rows();
  private int[] positions = {};
  private boolean interleaved;
  private int heads;
  private int pairs;
  private long firstBytes;
  private long stepBytes;
  private float direction;

  /// A shuffle of two vectors: indices from LENGTH on mean the second, which the Vector API writes
  /// as negative ("exceptional") indices.
  private static VectorShuffle<Float> pick(java.util.function.IntUnaryOperator lane) {
    return VectorShuffle.fromOp(
        FLOATS,
        i -> {
          int index = lane.applyAsInt(i);
          return index < Lanes.LENGTH ? index : index - 2 * Lanes.LENGTH;
        });
  }

  /// Rotates forwards (`sign` 1) or backwards (-1).
  void run(Workers workers, RotaryTable table, HeadColumns columnsOfHeads, Matrix m, float sign) {
    x.set(m);
    cos.set(table.cos());
    sin.set(table.sin());
    interleaved = table.layout() == RotaryTable.Layout.INTERLEAVED;
    heads = columnsOfHeads.heads();
    pairs = columnsOfHeads.dim() / 2;
    firstBytes = 4L * columnsOfHeads.offset();
    stepBytes = 4L * columnsOfHeads.step();
    direction = sign;
    run(workers, m.rows(), heads * columnsOfHeads.dim());
  }

  /// Positions of the rows that the next run rotates.
  void setPositions(int[] newPositions) {
    positions = newPositions;
  }

  @Override
  void row(int row) {
    long c = cos.at(positions[row]);
    long s = sin.at(positions[row]);
    for (int head = 0; head < heads; head++) {
      long at = x.at(row) + firstBytes + head * stepBytes;
      if (interleaved) {
        rotateInterleaved(at, c, s);
      } else {
        rotateHalves(at, c, s);
      }
    }
  }

  private void rotateHalves(long at, long c, long s) {
    long second = at + 4L * pairs;
    int whole = Lanes.whole(pairs);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      FloatVector cosine = fromMemorySegment(FLOATS, ALL, c + 4L * i, ORDER);
      FloatVector sine = fromMemorySegment(FLOATS, ALL, s + 4L * i, ORDER).mul(direction);
      FloatVector a = fromMemorySegment(FLOATS, ALL, at + 4L * i, ORDER);
      FloatVector b = fromMemorySegment(FLOATS, ALL, second + 4L * i, ORDER);
      a.mul(cosine).sub(b.mul(sine)).intoMemorySegment(ALL, at + 4L * i, ORDER);
      a.mul(sine).add(b.mul(cosine)).intoMemorySegment(ALL, second + 4L * i, ORDER);
    }
    for (int i = whole; i < pairs; i++) {
      rotate(at + 4L * i, second + 4L * i, c + 4L * i, s + 4L * i);
    }
  }

  private void rotateInterleaved(long at, long c, long s) {
    int whole = Lanes.whole(pairs);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      long place = at + 8L * i;
      FloatVector cosine = fromMemorySegment(FLOATS, ALL, c + 4L * i, ORDER);
      FloatVector sine = fromMemorySegment(FLOATS, ALL, s + 4L * i, ORDER).mul(direction);
      FloatVector low = fromMemorySegment(FLOATS, ALL, place, ORDER);
      FloatVector high = fromMemorySegment(FLOATS, ALL, place + Lanes.BYTES, ORDER);
      FloatVector a = low.rearrange(EVEN, high);
      FloatVector b = low.rearrange(ODD, high);
      FloatVector first = a.mul(cosine).sub(b.mul(sine));
      FloatVector second = a.mul(sine).add(b.mul(cosine));
      first.rearrange(LOW, second).intoMemorySegment(ALL, place, ORDER);
      first.rearrange(HIGH, second).intoMemorySegment(ALL, place + Lanes.BYTES, ORDER);
    }
    for (int i = whole; i < pairs; i++) {
      rotate(at + 8L * i, at + 8L * i + 4, c + 4L * i, s + 4L * i);
    }
  }

  private void rotate(long first, long second, long c, long s) {
    float cosine = NativeMemory.getFloat(c);
    float sine = NativeMemory.getFloat(s) * direction;
    float a = NativeMemory.getFloat(first);
    float b = NativeMemory.getFloat(second);
    NativeMemory.setFloat(first, a * cosine - b * sine);
    NativeMemory.setFloat(second, a * sine + b * cosine);
  }
}
