package fathom.tensor;

/// One row of a gated layer's middle, as addresses, for [RowMath]; reused.
public final class GatedRow {
  private long gate;
  private long up;
  private long inner;
  private long dInner;
  private long dGate;
  private long dUp;

  /// Nothing yet.
  public GatedRow() {}

  /// Where gate and up are, and where `silu(gate) · up` goes.
  public GatedRow values(long newGate, long newUp, long newInner) {
    gate = newGate;
    up = newUp;
    inner = newInner;
    return this;
  }

  /// Where the gradient of `silu(gate) · up` is, and where those of gate and up go.
  public GatedRow gradients(long newDInner, long newDGate, long newDUp) {
    dInner = newDInner;
    dGate = newDGate;
    dUp = newDUp;
    return this;
  }

  /// The same row from one of its numbers on.
  GatedRow from(int number) {
    long bytes = 4L * number;
    return new GatedRow()
        .values(gate + bytes, up + bytes, inner + bytes)
        .gradients(dInner + bytes, dGate + bytes, dUp + bytes);
  }

  long gate() {
    return gate;
  }

  long up() {
    return up;
  }

  long inner() {
    return inner;
  }

  long dInner() {
    return dInner;
  }

  long dGate() {
    return dGate;
  }

  long dUp() {
    return dUp;
  }
}
