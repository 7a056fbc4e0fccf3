package fathom.tensor.x86;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The bytes of instructions: prefixes, operand bytes, displacements (Intel SDM volume 2, chapter
/// 2), and a listing of what was written.
///
/// A vector instruction is described by one int, its *form*: opcode in the low byte, then mandatory
/// prefix, opcode map, W bits and the tuple type that EVEX scales 8-bit displacements by. VEX is
/// written where it can express the operands, else EVEX.
class Encoder {
  /// Mandatory prefixes.
  static final int P66 = 1 << 8, PF3 = 2 << 8, PF2 = 3 << 8;

  /// Opcode maps.
  static final int M0F = 1 << 10, M38 = 2 << 10, M3A = 3 << 10;

  /// W bit in both encodings; in EVEX only; no VEX form at all.
  static final int W = 1 << 13, EVEX_W = 1 << 14, EVEX_ONLY = 1 << 15;

  /// Tuple types: how many bytes of memory the instruction reads or writes.
  static final int FULL = 0, MEM = 1 << 16, HALF = 2 << 16, QUARTER = 3 << 16, EIGHTH = 4 << 16;

  static final int ONE1 = 5 << 16, ONE2 = 6 << 16, ONE4 = 7 << 16, ONE8 = 8 << 16;
  static final int X4 = 9 << 16, X8 = 10 << 16;

  private static final int NO_IMMEDIATE = -1;

  private byte[] code = new byte[1024];
  private int size;
  private final List<String> listing = new ArrayList<>();

  // ---- what was written
  // --------------------------------------------------------------------------

  /// The machine code.
  byte[] code() {
    return Arrays.copyOf(code, size);
  }

  int size() {
    return size;
  }

  /// One line an instruction: its bytes and its text in Intel's syntax.
  List<String> listing() {
    return listing;
  }

  void place(Label label) {
    label.place(size);
    for (int position : label.waiting()) {
      int32At(position, size - (position + 4));
    }
  }

  // ---- bytes
  // ---------------------------------------------------------------------------------------

  void int8(int value) {
    if (size == code.length) {
      code = Arrays.copyOf(code, 2 * size);
    }
    code[size++] = (byte) value;
  }

  void int32(int value) {
    for (int shift = 0; shift < 32; shift += 8) {
      int8(value >> shift);
    }
  }

  void int64(long value) {
    int32((int) value);
    int32((int) (value >> 32));
  }

  private void int32At(int position, int value) {
    for (int i = 0; i < 4; i++) {
      code[position + i] = (byte) (value >> (8 * i));
    }
  }

  /// Adds the instruction that began at `start` to the listing.
  void list(int start, String text) {
    listing.add(HexFormat.of().formatHex(code, start, size) + "  " + text);
  }

  void list(int start, String name, Object... operands) {
    StringBuilder text = new StringBuilder(name);
    String separator = " ";
    for (Object operand : operands) {
      text.append(separator).append(operand);
      separator = ", ";
    }
    list(start, text.toString());
  }

  // ---- general-purpose instructions
  // ----------------------------------------------------------------

  /// REX prefix (if needed), opcode bytes, operand bytes.
  void legacy(int rexW, int opcode, int reg, Operand rm) {
    int rex = rexW << 3 | (reg >> 3) << 2 | indexBit(rm) << 1 | rm.number() >> 3;
    if (rex != 0) {
      int8(0x40 | rex);
    }
    if (opcode > 0xff) {
      int8(opcode >> 8);
    }
    int8(opcode);
    operandBytes(reg, rm, 1);
  }

  private static int indexBit(Operand rm) {
    return rm instanceof Memory memory && memory.index() != null ? memory.index().number() >> 3 : 0;
  }

  /// A jump: short where the label is behind and near, else with a 32-bit distance.
  void jump(int shortOpcode, int longOpcode, String name, Label label) {
    int start = size;
    if (label.isPlaced() && label.position() - (size + 2) >= -128) {
      int8(shortOpcode);
      int8(label.position() - (size + 1));
    } else {
      if (longOpcode > 0xff) {
        int8(longOpcode >> 8);
      }
      int8(longOpcode);
      if (label.isPlaced()) {
        int32(label.position() - (size + 4));
      } else {
        label.waiting().add(size);
        int32(0);
      }
    }
    list(start, name + (label.isPlaced() ? " ." + (label.position() - start) : " forward"));
  }

  // ---- vector instructions
  // -------------------------------------------------------------------------

  /// Two or three operands; `second` (VEX.vvvv) may be absent.
  void vector(String name, int form, Operand reg, @Nullable Operand second, Operand rm) {
    vector(name, form, reg, second, rm, NO_IMMEDIATE);
  }

  void vector(
      String names, int form, Operand reg, @Nullable Operand second, Operand rm, int immediate) {
    int start = size;
    boolean evex = (form & EVEX_ONLY) != 0 || evex(reg) || evex(rm) || evex(second);
    int bits = Math.max(bits(reg), Math.max(bits(second), bits(rm)));
    int opcode = form & 0xff;
    if (evex) {
      evexPrefix(form, reg, second, rm, bits);
      int8(opcode);
      operandBytes(reg.number(), rm, displacementScale(form, rm, bits));
    } else {
      vexPrefix(form, reg, second, rm, bits == 256 ? 1 : 0);
      int8(opcode);
      operandBytes(reg.number(), rm, 1);
    }
    if (immediate != NO_IMMEDIATE) {
      int8(immediate);
    }
    listVector(start, pickName(names, evex), new Listed(reg, second, rm, bits), immediate);
  }

  private record Listed(Operand reg, @Nullable Operand second, Operand rm, int bits) {}

  /// Some instructions have another name in EVEX: "vpxor|vpxord". A leading "<" marks a store,
  /// whose memory operand is written first.
  private static String pickName(String names, boolean evex) {
    int bar = names.indexOf('|');
    if (bar < 0) {
      return names;
    }
    String mark = names.startsWith("<") ? "<" : "";
    return evex ? mark + names.substring(bar + 1) : names.substring(0, bar);
  }

  private void listVector(int start, String name, Listed o, int immediate) {
    List<Object> shown = new ArrayList<>();
    boolean store = name.startsWith("<");
    Object rm = o.rm;
    if (o.rm instanceof Memory memory && memory.broadcast()) {
      rm = "DWORD PTR " + memory + "{1to" + o.bits / 32 + "}";
    }
    shown.add(store ? rm : o.reg);
    if (o.second != null) {
      shown.add(o.second);
    }
    shown.add(store ? o.reg : rm);
    if (immediate != NO_IMMEDIATE) {
      shown.add(immediate);
    }
    list(start, store ? name.substring(1) : name, shown.toArray());
  }

  private static boolean evex(@Nullable Operand operand) {
    return switch (operand) {
      case Vector vector -> vector.needsEvex();
      case Memory memory -> memory.needsEvex();
      case null, default -> false;
    };
  }

  private static int bits(@Nullable Operand operand) {
    return operand instanceof Vector vector ? vector.bits() : 0;
  }

  private void vexPrefix(int form, Operand reg, @Nullable Operand second, Operand rm, int length) {
    int r = ~(reg.number() >> 3) & 1;
    int x = ~indexBit(rm) & 1;
    int b = ~(rm.number() >> 3) & 1;
    int w = form >> 13 & 1;
    int map = form >> 10 & 7;
    int v = ~(second == null ? 0 : second.number()) & 15;
    int last = v << 3 | length << 2 | (form >> 8 & 3);
    if (x == 1 && b == 1 && w == 0 && map == 1) {
      int8(0xc5);
      int8(r << 7 | last);
    } else {
      int8(0xc4);
      int8(r << 7 | x << 6 | b << 5 | map);
      int8(w << 7 | last);
    }
  }

  private void evexPrefix(int form, Operand reg, @Nullable Operand second, Operand rm, int bits) {
    int high = rm instanceof Memory ? indexBit(rm) : rm.number() >> 4;
    int v = second == null ? 0 : second.number();
    int w = (form >> 13 | form >> 14) & 1;
    int8(0x62);
    int8(
        (~(reg.number() >> 3) & 1) << 7
            | (~high & 1) << 6
            | (~(rm.number() >> 3) & 1) << 5
            | (~(reg.number() >> 4) & 1) << 4
            | (form >> 10 & 7));
    int8(w << 7 | (~v & 15) << 3 | 4 | (form >> 8 & 3));
    int length = bits == 512 ? 2 : bits == 256 ? 1 : 0;
    int8(
        zeroing(reg) << 7
            | length << 5
            | (rm instanceof Memory memory && memory.broadcast() ? 1 : 0) << 4
            | (~(v >> 4) & 1) << 3
            | mask(reg, rm));
  }

  private static int zeroing(Operand reg) {
    return reg instanceof Vector vector && vector.zeroing() ? 1 : 0;
  }

  private static int mask(Operand reg, Operand rm) {
    if (rm instanceof Memory memory && memory.mask().number() != 0) {
      return memory.mask().number();
    }
    if (rm instanceof Vector target && target.mask().number() != 0) {
      return target.mask().number();
    }
    return reg instanceof Vector vector ? vector.mask().number() : 0;
  }

  private static int displacementScale(int form, Operand rm, int bits) {
    int bytes = bits / 8;
    boolean broadcast = rm instanceof Memory memory && memory.broadcast();
    return switch (form & 0xf0000) {
      case HALF -> bytes / 2;
      case QUARTER -> bytes / 4;
      case EIGHTH -> bytes / 8;
      case ONE1 -> 1;
      case ONE2 -> 2;
      case ONE4 -> 4;
      case ONE8 -> 8;
      case X4 -> 16;
      case X8 -> 32;
      default -> broadcast ? 4 : bytes;
    };
  }

  // ---- ModRM, SIB, displacement
  // --------------------------------------------------------------------

  void operandBytes(int reg, Operand rm, int scale) {
    int middle = (reg & 7) << 3;
    if (!(rm instanceof Memory memory)) {
      int8(0xc0 | middle | (rm.number() & 7));
      return;
    }
    int base = memory.base().number() & 7;
    int displacement = memory.displacement();
    int compressed = displacement / scale;
    boolean fits = displacement % scale == 0 && (byte) compressed == compressed;
    int mod = displacement == 0 && base != 5 ? 0 : fits ? 1 : 2;
    if (memory.index() != null) {
      int8(mod << 6 | middle | 4);
      int8(
          Integer.numberOfTrailingZeros(memory.scale()) << 6
              | (memory.index().number() & 7) << 3
              | base);
    } else {
      int8(mod << 6 | middle | base);
      if (base == 4) {
        int8(0x24);
      }
    }
    if (mod == 1) {
      int8(compressed);
    } else if (mod == 2) {
      int32(displacement);
    }
  }
}
