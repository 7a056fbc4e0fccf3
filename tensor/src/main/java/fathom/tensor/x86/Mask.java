package fathom.tensor.x86;

/// A mask register, k0 to k7; as a write mask k0 means "all".
record Mask(int number) implements Operand {
  static final Mask ALL = new Mask(0);

  @Override
  public String toString() {
    return "k" + number;
  }
}
