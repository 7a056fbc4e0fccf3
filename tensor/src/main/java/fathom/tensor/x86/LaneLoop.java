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

import fathom.tensor.DType;

/// Assembles the walk through weights in their [LaneForm] beside one, two or four rows of 8-bit
/// activations: group by group of 16 rows, and in each group record by record along the rows. What
/// a record does, and where the sums are meanwhile, depends on how wide vectors are.
///
/// Arguments: words of the first group, bytes of a group, bytes of its words, groups, records of a
/// row, activations, bytes of an activation row, output, bytes of an output row, distance of
/// prefetching, mask of the rows that are stored.
abstract class LaneLoop {
  static final int WORDS = 0, GROUP_BYTES = 1, WORD_BYTES = 2, GROUPS = 3, RECORDS = 4, X = 5;
  static final int X_BYTES = 6, OUT = 7, OUT_BYTES = 8, PREFETCH = 9, LANES = 10;

  /// How far ahead one line of each record is asked for: 8 pages. Without it the lines of
  /// [#PREFETCH] wait for their page's translation, which a virtual machine looks up twice, in
  /// tables that a large model leaves no room for in the caches.
  private static final int TRANSLATION_BYTES = 32 << 10;

  final Assembler a = new Assembler();
  final LaneForm form;
  final int tokens;
  final ActivationLayout layout;
  private final int stackBytes;

  LaneLoop(DType format, int tokens, int stackBytes) {
    this.tokens = tokens;
    this.stackBytes = stackBytes;
    form = LaneForm.of(format);
    layout = ActivationLayout.ofLanes(format);
  }

  /// Loads what stays the same; may use rax.
  abstract void constants();

  /// Begins the sums of a group.
  abstract void clearSums();

  /// Adds the products of the current record.
  abstract void record();

  /// Stores the group's sums with one token at `place`.
  abstract void storeSums(int token, Memory place);

  final Assembler assemble() {
    KernelFrame.enter(a, stackBytes);
    load(RSI, WORDS);
    load(R9, GROUP_BYTES);
    load(R12, GROUPS);
    load(R15, X_BYTES);
    load(RBX, OUT);
    load(R13, PREFETCH);
    constants();
    Label nextGroup = new Label();
    Label nextRecord = new Label();
    Label end = new Label();
    a.test(R12, R12);
    a.je(end);
    a.place(nextGroup);
    startGroup();
    a.place(nextRecord);
    a.prefetcht0(Memory.at(R8, TRANSLATION_BYTES));
    record();
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
    KernelFrame.leave(a, stackBytes);
    return a;
  }

  final void load(Register to, int argument) {
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
    clearSums();
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
      storeSums(token, place);
    }
  }

  /// Asks for a word of the current block of all rows further on.
  final void prefetch(int index) {
    a.prefetcht0(Memory.at(R8, R13, 1, index * LaneForm.WORD_BYTES));
  }

  /// A place in the current record of an activation row.
  final Memory inRecord(int token, int offset) {
    return switch (token) {
      case 0 -> Memory.at(R11, offset);
      case 1 -> Memory.at(R11, R15, 1, offset);
      case 2 -> Memory.at(R11, R15, 2, offset);
      default -> Memory.at(RBP, offset);
    };
  }
}
