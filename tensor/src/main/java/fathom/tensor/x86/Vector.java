package fathom.tensor.x86;

/// A vector register of 128, 256 or 512 bits; as a destination it may carry a write mask.
record Vector(int number, int bits, Mask mask, boolean zeroing) implements Operand {
  static Vector xmm(int number) {
    return of(number, 128);
  }

  static Vector ymm(int number) {
    return of(number, 256);
  }

  static Vector zmm(int number) {
    return of(number, 512);
  }

  static Vector of(int number, int bits) {
    return new Vector(number, bits, Mask.ALL, false);
  }

  /// The lowest 128 bits of the same register.
  Vector x() {
    return xmm(number);
  }

  /// The lowest 256 bits of the same register.
  Vector y() {
    return ymm(number);
  }

  /// The same register as a destination of which only the lanes of the mask are written.
  Vector masked(Mask lanes) {
    return new Vector(number, bits, lanes, false);
  }

  /// The same register as a destination whose lanes outside the mask become zero.
  Vector zeroed(Mask lanes) {
    return new Vector(number, bits, lanes, lanes.number() != 0);
  }

  int bytes() {
    return bits / 8;
  }

  boolean needsEvex() {
    return bits == 512 || number > 15 || mask.number() != 0;
  }

  @Override
  public String toString() {
    String name = (bits == 512 ? "zmm" : bits == 256 ? "ymm" : "xmm") + number;
    return mask.number() == 0 ? name : name + "{" + mask + "}" + (zeroing ? "{z}" : "");
  }
}
