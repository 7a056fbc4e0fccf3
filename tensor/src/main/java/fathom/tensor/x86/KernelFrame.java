package fathom.tensor.x86;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Consumer;

/// What all kernels share: entry and exit, their arguments and constants.
///
/// A kernel gets the address of its arguments, longs one after the other, in rdi. It saves the
/// registers that the System V ABI asks it to save, and has a little scratch memory on its stack,
/// 64-byte aligned.
final class KernelFrame {
  private static final List<Register> SAVED =
      List.of(Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15);

  private KernelFrame() {}

  /// Entry: rdi holds the arguments, rsp points at `stackBytes` of aligned scratch.
  static void enter(Assembler a, int stackBytes) {
    SAVED.forEach(a::push);
    if (stackBytes > 0) {
      a.mov(Register.RAX, Register.RSP);
      a.sub(Register.RSP, stackBytes + 64);
      a.and(Register.RSP, -64);
      a.mov(Memory.at(Register.RSP, stackBytes), Register.RAX);
    }
  }

  /// Exit of a kernel that was entered with the same number of bytes.
  static void leave(Assembler a, int stackBytes) {
    if (stackBytes > 0) {
      a.mov(Register.RSP, Memory.at(Register.RSP, stackBytes));
    }
    SAVED.reversed().forEach(a::pop);
    a.vzeroupper();
    a.ret();
  }

  /// Loads argument `index`.
  static void argument(Assembler a, Register to, int index) {
    a.mov(to, Memory.at(Register.RDI, 8 * index));
  }

  /// Emits what a row needs: `body` for each of `steps` whole vectors of 64 bytes, then once for
  /// the lanes of `rest`, if there are any. The cursors go along with the whole vectors.
  static void alongRow(
      Assembler a, Register steps, Rest rest, List<Register> cursors, Consumer<Mask> body) {
    Label step = new Label();
    Label last = new Label();
    Label end = new Label();
    a.test(steps, steps);
    a.je(last);
    a.place(step);
    body.accept(Mask.ALL);
    cursors.forEach(cursor -> a.add(cursor, 64));
    a.sub(steps, 1);
    a.jne(step);
    a.place(last);
    a.test(rest.bits, rest.bits);
    a.je(end);
    body.accept(rest.lanes);
    a.place(end);
  }

  /// The lanes of a row's last, broken vector: a mask, and the register with its bits.
  record Rest(Register bits, Mask lanes) {}

  /// A float's bits in every lane; uses rax.
  static void constant(Assembler a, Vector to, float value) {
    constant(a, to, Float.floatToRawIntBits(value));
  }

  /// An int in every lane; uses rax.
  static void constant(Assembler a, Vector to, int value) {
    a.mov(Register.RAX, value & 0xffffffffL);
    a.vmovd(to.x(), Register.RAX);
    a.vpbroadcastd(to, to.x());
  }

  /// Puts bytes (a multiple of 8) on the stack and loads them.
  static void table(Assembler a, Vector to, int stackOffset, byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < bytes.length; i += 8) {
      a.mov(Register.RAX, buffer.getLong(i));
      a.mov(Memory.at(Register.RSP, stackOffset + i), Register.RAX);
    }
    a.vmovdqu(to, Memory.at(Register.RSP, stackOffset));
  }

  /// Bytes of ints, for [#table].
  static byte[] bytes(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      buffer.putInt(value);
    }
    return buffer.array();
  }
}
