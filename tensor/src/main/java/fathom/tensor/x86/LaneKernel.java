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
import static fathom.tensor.x86.Vector.zmm;

import fathom.tensor.DType;

/// Assembles the product of weights in their [LaneForm] with one, two or four rows of 8-bit
/// activations. AVX-512 VNNI.
///
/// A lane is a row of the weight. `vpdpbusd` multiplies four bytes of 16 rows with the same four
/// activations, repeated from memory; sums of a block become float32 and are scaled, 16 rows at a
/// time. A token's result does not depend on the other tokens.
///
/// Arguments: words of the first group, bytes of a group, bytes of its words, groups, records of a
/// row, activations, bytes of an activation row, output, bytes of an output row, distance of
/// prefetching, mask of the rows that are stored.
final class LaneKernel {
  static final int WORDS = 0, GROUP_BYTES = 1, WORD_BYTES = 2, GROUPS = 3, RECORDS = 4, X = 5;
  static final int X_BYTES = 6, OUT = 7, OUT_BYTES = 8, PREFETCH = 9, LANES = 10;

  private static final Mask STORED = new Mask(1);

  final Assembler a = new Assembler();
  final LaneForm form;
  final int tokens;
  final ActivationLayout layout;
  private final LaneDots dots;

  LaneKernel(DType format, int tokens) {
    this.tokens = tokens;
    form = LaneForm.of(format);
    layout = ActivationLayout.ofLanes(format);
    dots = new LaneDots(this);
  }

  Assembler assemble() {
    KernelFrame.enter(a, 0);
    load(RSI, WORDS);
    load(R9, GROUP_BYTES);
    load(R12, GROUPS);
    load(R15, X_BYTES);
    load(RBX, OUT);
    load(R13, PREFETCH);
    load(RAX, LANES);
    a.kmovd(STORED, RAX);
    dots.constants();
    Label nextGroup = new Label();
    Label nextRecord = new Label();
    Label end = new Label();
    a.test(R12, R12);
    a.je(end);
    a.place(nextGroup);
    startGroup();
    a.place(nextRecord);
    dots.record();
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
    KernelFrame.leave(a, 0);
    return a;
  }

  private void load(Register to, int argument) {
    KernelFrame.argument(a, to, argument);
  }

  private void startGroup() {
    load(R11, X);
    load(R10, RECORDS);
    a.lea(RBP, Memory.at(R15, R15, 2));
    a.add(RBP, R11);
    a.mov(R8, RSI);
    load(RDX, WORD_BYTES);
    a.add(RDX, RSI);
    for (int token = 0; token < tokens; token++) {
      a.vpxor(sum(token), sum(token), sum(token));
    }
  }

  private void store() {
    for (int token = 0; token < tokens; token++) {
      Memory place = Memory.at(RBX);
      if (token > 0) {
        load(RAX, OUT_BYTES);
        if (token == 3) {
          a.lea(RAX, Memory.at(RAX, RAX, 2));
        }
        place = Memory.at(RBX, RAX, token == 2 ? 2 : 1);
      }
      a.vmovups(place.masked(STORED), sum(token));
    }
  }

  /// The sums of 16 rows with one token.
  Vector sum(int token) {
    return zmm(token);
  }

  /// A word of the current block of all rows; asks for the same word further on.
  Memory word(int index) {
    a.prefetcht0(Memory.at(R8, R13, 1, index * LaneForm.WORD_BYTES));
    return wordAgain(index);
  }

  /// The same, when further on has been asked for.
  Memory wordAgain(int index) {
    return Memory.at(R8, index * LaneForm.WORD_BYTES);
  }

  /// The odd 16-bit values of the current block of all rows.
  Memory halves() {
    return Memory.at(RDX);
  }

  /// Four bytes of the current record of an activation row, in every lane.
  Memory activation(int token, int offset) {
    Memory place =
        switch (token) {
          case 0 -> Memory.at(R11, offset);
          case 1 -> Memory.at(R11, R15, 1, offset);
          case 2 -> Memory.at(R11, R15, 2, offset);
          default -> Memory.at(RBP, offset);
        };
    return place.repeated();
  }

  /// Four activations of the current record, from number `first` on.
  Memory quants(int token, int first) {
    return activation(token, layout.quants() + first);
  }
}
