package fathom.tensor.x86;

/// What an instruction works on. `toString` gives Intel's syntax, as the listing shows it.
sealed interface Operand permits Register, Vector, Mask, Tile, Memory {
  /// The number that the encoding carries; of memory: that of its base.
  int number();
}
