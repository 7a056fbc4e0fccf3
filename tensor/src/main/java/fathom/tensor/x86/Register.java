package fathom.tensor.x86;

import java.util.Locale;

/// A general-purpose register, 64 bits wide.
@SuppressWarnings("EnumOrdinal") // the order is that of the encoding
enum Register implements Operand {
  RAX,
  RCX,
  RDX,
  RBX,
  RSP,
  RBP,
  RSI,
  RDI,
  R8,
  R9,
  R10,
  R11,
  R12,
  R13,
  R14,
  R15;

  @Override
  public int number() {
    return ordinal();
  }

  /// The name of its lower 32 bits.
  String low() {
    return ordinal() < 8 ? "e" + toString().substring(1) : this + "d";
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
