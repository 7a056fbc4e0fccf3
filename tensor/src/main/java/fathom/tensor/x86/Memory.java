package fathom.tensor.x86;

import org.jspecify.annotations.Nullable;

/// A place in memory: `base + index * scale + displacement`.
///
/// @param broadcast whether one float or int is repeated over the whole vector (EVEX only)
/// @param mask lanes that a store writes (EVEX only)
record Memory(
    Register base,
    @Nullable Register index,
    int scale,
    int displacement,
    boolean broadcast,
    Mask mask)
    implements Operand {
  Memory {
    if (index == Register.RSP || (scale & -scale) != scale || scale < 1 || scale > 8) {
      throw new IllegalArgumentException("address: no such index: " + index + "*" + scale);
    }
  }

  static Memory at(Register base) {
    return at(base, 0);
  }

  static Memory at(Register base, int displacement) {
    return new Memory(base, null, 1, displacement, false, Mask.ALL);
  }

  static Memory at(Register base, Register index, int scale) {
    return at(base, index, scale, 0);
  }

  static Memory at(Register base, Register index, int scale, int displacement) {
    return new Memory(base, index, scale, displacement, false, Mask.ALL);
  }

  /// The same place, `bytes` further on.
  Memory plus(int bytes) {
    return new Memory(base, index, scale, displacement + bytes, broadcast, mask);
  }

  /// One element of this place, repeated.
  Memory repeated() {
    return new Memory(base, index, scale, displacement, true, mask);
  }

  /// This place as the target of a store of some lanes only.
  Memory masked(Mask lanes) {
    return new Memory(base, index, scale, displacement, broadcast, lanes);
  }

  boolean needsEvex() {
    return broadcast || mask.number() != 0;
  }

  @Override
  public int number() {
    return base.number();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[").append(base);
    if (index != null) {
      text.append('+').append(index).append('*').append(scale);
    }
    if (displacement != 0) {
      text.append(displacement < 0 ? "-" : "+").append(Math.abs((long) displacement));
    }
    text.append(']');
    return mask.number() == 0 ? text.toString() : text.append("{" + mask + "}").toString();
  }
}
