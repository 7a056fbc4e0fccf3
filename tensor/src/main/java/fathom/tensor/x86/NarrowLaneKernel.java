package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R13;
import static fathom.tensor.x86.Register.R15;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RAX;
import static fathom.tensor.x86.Register.RBP;
import static fathom.tensor.x86.Register.RBX;
import static fathom.tensor.x86.Register.RDX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Register.RSP;

import fathom.tensor.DType;

/// [LaneKernel] in vectors of 256 bits, for the tiers AVX2 and AVX_VNNI: the 16 rows of a group are
/// two *halves* of eight lanes, each record of the first before the same record of the second.
///
/// Sums are on the stack, because four tokens, two halves and what a block needs would be more than
/// 16 registers; a sum is loaded and stored once a block.
///
/// Arguments are those of [LaneKernel], but that whole groups of 16 rows are always stored.
final class NarrowLaneKernel {
  private static final int ROWS_OF_HALF = 8;
  private static final int SUMS = NarrowLaneDots.STACK;
  private static final int STACK = SUMS + 32 * 2 * EightBitMethod.MOST_TOKENS;

  final Assembler a = new Assembler();
  final LaneForm form;
  final Tier tier;
  final int tokens;
  final ActivationLayout layout;

  NarrowLaneKernel(DType format, Tier tier, int tokens) {
    this.tier = tier;
    this.tokens = tokens;
    form = LaneForm.of(format);
    layout = ActivationLayout.ofLanes(format);
  }

  Assembler assemble() {
    NarrowLaneDots dots = new NarrowLaneDots(this);
    KernelFrame.enter(a, STACK);
    load(RSI, LaneKernel.WORDS);
    load(R9, LaneKernel.GROUP_BYTES);
    load(R12, LaneKernel.GROUPS);
    load(R15, LaneKernel.X_BYTES);
    load(RBX, LaneKernel.OUT);
    load(R13, LaneKernel.PREFETCH);
    dots.constants();
    Label nextGroup = new Label();
    Label nextRecord = new Label();
    Label end = new Label();
    a.test(R12, R12);
    a.je(end);
    a.place(nextGroup);
    startGroup();
    a.place(nextRecord);
    for (int half = 0; half < 2; half++) {
      dots.record(half);
    }
    a.add(R8, form.words() * LaneForm.WORD_BYTES);
    a.add(RDX, LaneForm.HALF_BYTES);
    a.add(R11, layout.recordBytes());
    a.add(RBP, layout.recordBytes());
    a.sub(R10, 1);
    a.jne(nextRecord);
    store();
    a.add(RBX, 4 * LaneForm.ROWS);
    a.add(RSI, R9);
    a.sub(R12, 1);
    a.jne(nextGroup);
    a.place(end);
    KernelFrame.leave(a, STACK);
    return a;
  }

  private void load(Register to, int argument) {
    KernelFrame.argument(a, to, argument);
  }

  private void startGroup() {
    load(R11, LaneKernel.X);
    load(R10, LaneKernel.RECORDS);
    a.lea(RBP, Memory.at(R15, R15, 2));
    a.add(RBP, R11);
    a.mov(R8, RSI);
    load(RDX, LaneKernel.WORD_BYTES);
    a.add(RDX, RSI);
    Vector zero = Vector.ymm(0);
    a.vpxor(zero, zero, zero);
    for (int token = 0; token < tokens; token++) {
      a.vmovups(sum(0, token), zero);
      a.vmovups(sum(1, token), zero);
    }
  }

  private void store() {
    for (int token = 0; token < tokens; token++) {
      if (token > 0) {
        load(RAX, LaneKernel.OUT_BYTES);
        if (token == 3) {
          a.lea(RAX, Memory.at(RAX, RAX, 2));
        }
      }
      for (int half = 0; half < 2; half++) {
        int offset = 4 * ROWS_OF_HALF * half;
        Memory place =
            token == 0 ? Memory.at(RBX, offset) : Memory.at(RBX, RAX, token == 2 ? 2 : 1, offset);
        a.vmovups(Vector.ymm(0), sum(half, token));
        a.vmovups(place, Vector.ymm(0));
      }
    }
  }

  /// The sums of eight rows with one token.
  Memory sum(int half, int token) {
    return Memory.at(RSP, SUMS + 32 * (2 * token + half));
  }

  /// A word of the current block of eight rows; the first half asks for both further on.
  Memory word(int half, int index) {
    if (half == 0) {
      a.prefetcht0(Memory.at(R8, R13, 1, index * LaneForm.WORD_BYTES));
    }
    return wordAgain(half, index);
  }

  /// The same, when further on has been asked for.
  Memory wordAgain(int half, int index) {
    return Memory.at(R8, index * LaneForm.WORD_BYTES + 4 * ROWS_OF_HALF * half);
  }

  /// The odd 16-bit values of the current block of eight rows.
  Memory halves(int half) {
    return Memory.at(RDX, 2 * ROWS_OF_HALF * half);
  }

  /// A place in the current record of an activation row.
  Memory activation(int token, int offset) {
    return switch (token) {
      case 0 -> Memory.at(R11, offset);
      case 1 -> Memory.at(R11, R15, 1, offset);
      case 2 -> Memory.at(R11, R15, 2, offset);
      default -> Memory.at(RBP, offset);
    };
  }
}
