package fathom.tensor.x86;

import static fathom.tensor.x86.BlockReader.D;
import static fathom.tensor.x86.BlockReader.F;
import static fathom.tensor.x86.BlockReader.ONES_16;
import static fathom.tensor.x86.BlockReader.S;
import static fathom.tensor.x86.BlockReader.W;
import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R13;
import static fathom.tensor.x86.Register.R14;
import static fathom.tensor.x86.Register.R15;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RAX;
import static fathom.tensor.x86.Register.RBP;
import static fathom.tensor.x86.Register.RBX;
import static fathom.tensor.x86.Register.RCX;
import static fathom.tensor.x86.Register.RDX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Register.RSP;
import static fathom.tensor.x86.Vector.ymm;

import fathom.tensor.DType;

/// Assembles the product of quantised weight rows with a few rows of 8-bit activations.
///
/// A kernel takes `rows` weight rows and `tokens` activation rows at a time and keeps one
/// accumulator of eight float32 for each pair. For every block of 32 it unpacks the weights to
/// bytes, multiplies them with the activations' bytes exactly (32-bit sums), and adds the sums
/// times both scales. A pair's result does not depend on `rows` and `tokens`.
///
/// Arguments: weights, bytes of a weight row, groups of rows, records in a row, activations, bytes
/// of an activation row, output, bytes of an output row, table of all F16 numbers as float32,
/// distance of prefetching.
final class DecodeKernel {
  static final int WEIGHTS = 0, ROW_BYTES = 1, GROUPS = 2, RECORDS = 3, X = 4, X_BYTES = 5;
  static final int OUT = 6, OUT_BYTES = 7, HALVES = 8, PREFETCH = 9, ARGUMENTS = 10;

  /// Stack: the reader's constants, orders of lanes, then the scales of each pair.
  static final int INDICES = BlockReader.STACK, SCALES = INDICES + 128, STACK = SCALES + 8 * 64;

  final Assembler a = new Assembler();
  final DType format;
  final Tier tier;
  final int rows;
  final int tokens;
  final ActivationLayout layout;

  DecodeKernel(DType format, Tier tier, int rows, int tokens) {
    this.format = format;
    this.tier = tier;
    this.rows = rows;
    this.tokens = tokens;
    layout = ActivationLayout.of(format);
  }

  Assembler assemble() {
    DotBlocks blocks = new DotBlocks(this);
    KernelFrame.enter(a, STACK);
    load(RSI, WEIGHTS);
    load(R9, ROW_BYTES);
    load(R12, GROUPS);
    load(R15, X_BYTES);
    load(RBX, OUT);
    load(R8, HALVES);
    load(R13, PREFETCH);
    blocks.constants();
    Label nextGroup = new Label();
    Label nextRecord = new Label();
    Label end = new Label();
    a.test(R12, R12);
    a.je(end);
    a.place(nextGroup);
    startGroup();
    a.place(nextRecord);
    prefetch();
    blocks.record();
    a.add(RSI, format.blockBytes());
    a.add(RDX, format.blockBytes());
    a.add(R11, layout.recordBytes());
    a.add(RBP, layout.recordBytes());
    a.sub(R10, 1);
    a.jne(nextRecord);
    for (int token = 0; token < tokens; token++) {
      store(token);
    }
    a.add(RBX, 4 * rows);
    for (int i = 1; i < rows; i++) {
      a.add(RSI, R9);
    }
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
    load(R11, X);
    load(R10, RECORDS);
    a.lea(RBP, Memory.at(R15, R15, 2));
    a.add(RBP, R11);
    a.lea(RDX, Memory.at(R9, R9, 2));
    a.add(RDX, RSI);
    for (int i = 0; i < rows * tokens; i++) {
      a.vxorps(ymm(i), ymm(i), ymm(i));
    }
  }

  private void prefetch() {
    a.lea(RCX, Memory.at(RSI, R13, 1));
    a.lea(R14, Memory.at(RDX, R13, 1));
    for (int line = 0; line < format.blockBytes(); line += 64) {
      for (int row = 0; row < rows; row++) {
        a.prefetcht0(rowPlace(row, RCX, R14, line));
      }
    }
  }

  private static Memory rowPlace(int row, Register first, Register fourth, int offset) {
    return switch (row) {
      case 0 -> Memory.at(first, offset);
      case 1 -> Memory.at(first, R9, 1, offset);
      case 2 -> Memory.at(first, R9, 2, offset);
      default -> Memory.at(fourth, offset);
    };
  }

  /// A byte of the current block of a weight row.
  Memory weight(int row, int offset) {
    return rowPlace(row, RSI, RDX, offset);
  }

  /// A byte of the current record of an activation row.
  Memory activation(int token, int offset) {
    return switch (token) {
      case 0 -> Memory.at(R11, offset);
      case 1 -> Memory.at(R11, R15, 1, offset);
      case 2 -> Memory.at(R11, R15, 2, offset);
      default -> Memory.at(RBP, offset);
    };
  }

  Vector accumulator(int row, int token) {
    return ymm(token * rows + row);
  }

  /// Where the scales of a pair lie: up to 16 float32.
  Memory scales(int row, int token, int offset) {
    return Memory.at(RSP, SCALES + 64 * (token * rows + row) + offset);
  }

  /// An F16 number of memory, as float32 in all lanes; uses rax.
  void half(Vector to, Memory from) {
    a.movzxWord(RAX, from);
    a.vbroadcastss(to, Memory.at(R8, RAX, 4));
  }

  /// D = sums of four products of the weights' bytes in W with block `block` of a token; float32.
  void dot(int token, int block) {
    Memory quants = activation(token, layout.quants() + 32 * block);
    Memory starts = activation(token, layout.starts() + 32 * block);
    boolean shifted = layout.offset() != 0;
    switch (tier) {
      case AVX2 -> dotWithoutVnni(quants, starts);
      case AVX_VNNI, AVX512, AMX -> {
        if (shifted) {
          a.vmovdqu(D, starts);
        } else {
          a.vpxor(D, D, D);
        }
        if (tier == Tier.AVX_VNNI) {
          a.vpdpbusd(D, W, quants);
        } else {
          a.vpdpbusdEvex(D, W, quants);
        }
      }
    }
    a.vcvtdq2ps(D, D);
  }

  /// `vpmaddubsw` saturates where bytes exceed 7 bits, so 8-bit weights stay signed and lend their
  /// sign to the activations.
  private void dotWithoutVnni(Memory quants, Memory starts) {
    if (format == DType.Q8_0) {
      a.vmovdqu(D, quants);
      a.vpsignb(D, D, W);
      a.vpabsb(F, W);
      a.vpmaddubsw(D, F, D);
      a.vpmaddwd(D, D, ONES_16);
      return;
    }
    a.vpmaddubsw(D, W, quants);
    a.vpmaddwd(D, D, ONES_16);
    if (layout.offset() != 0) {
      a.vpaddd(D, D, starts);
    }
  }

  /// Sums each accumulator's lanes, always in the same order, and stores the sums of one token.
  private void store(int token) {
    if (rows == 4) {
      a.vhaddps(W, accumulator(0, token), accumulator(1, token));
      a.vhaddps(S, accumulator(2, token), accumulator(3, token));
      a.vhaddps(W, W, S);
      foldHalves();
      a.vmovups(output(token, 0), W.x());
      return;
    }
    for (int row = 0; row < rows; row++) {
      Vector sum = accumulator(row, token);
      a.vhaddps(W, sum, sum);
      a.vhaddps(W, W, W);
      foldHalves();
      a.vmovss(output(token, 4 * row), W);
    }
  }

  private void foldHalves() {
    a.vextractf128(S.x(), W, 1);
    a.vaddps(W.x(), W.x(), S.x());
  }

  private Memory output(int token, int offset) {
    if (token == 0) {
      return Memory.at(RBX, offset);
    }
    load(RAX, OUT_BYTES);
    if (token == 3) {
      a.lea(RAX, Memory.at(RAX, RAX, 2));
    }
    return Memory.at(RBX, RAX, token == 2 ? 2 : 1, offset);
  }
}
