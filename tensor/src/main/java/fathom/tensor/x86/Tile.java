package fathom.tensor.x86;

/// An AMX tile register, tmm0 to tmm7.
record Tile(int number) implements Operand {
  @Override
  public String toString() {
    return "tmm" + number;
  }
}
