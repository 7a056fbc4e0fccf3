package fathom.tensor.x86;

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

import fathom.tensor.DType;

/// Assembles the product of plain weight rows (F32, F16, BF16, FP8) with rows of float32
/// activations, in float32 throughout.
///
/// A kernel keeps one vector accumulator for each pair of `rows` weight rows and `tokens`
/// activation rows; both run along the contraction, so nothing is packed. A pair's result does not
/// depend on `rows` and `tokens`.
///
/// Arguments: weights, bytes of a weight row, groups of rows, whole vectors in a row, lanes of the
/// last vector as a mask (AVX-512; 0: there is none), activations, bytes of an activation row,
/// output, bytes of an output row, distance of prefetching, scales of FP8's blocks of 128 columns.
final class FloatDotKernel {
  static final int WEIGHTS = 0, ROW_BYTES = 1, GROUPS = 2, STEPS = 3, LAST = 4, X = 5, X_BYTES = 6;
  static final int OUT = 7, OUT_BYTES = 8, PREFETCH = 9, SCALES = 10, ARGUMENTS = 11;

  private static final int STACK = 192;
  private static final int MAGNITUDES = 0, NAN_BITS = 32, SIGNS = 64, ONE = 96;
  private static final Mask ALL = Mask.ALL, LAST_LANES = new Mask(1);

  private final Assembler a = new Assembler();
  private final DType format;
  private final int bits;
  private final int rows;
  private final int tokens;

  FloatDotKernel(DType format, Tier tier, int rows, int tokens) {
    this.format = format;
    this.bits = bits(tier);
    this.rows = rows;
    this.tokens = tokens;
  }

  private static int bits(Tier tier) {
    return tier.atLeast(Tier.AVX512) ? 512 : 256;
  }

  /// Numbers in a vector.
  static int lanes(Tier tier) {
    return bits(tier) / 32;
  }

  Assembler assemble() {
    KernelFrame.enter(a, STACK);
    load(RSI, WEIGHTS);
    load(R9, ROW_BYTES);
    load(R12, GROUPS);
    load(R15, X_BYTES);
    load(RBX, OUT);
    load(R13, PREFETCH);
    constants();
    Label group = new Label();
    Label step = new Label();
    Label last = new Label();
    Label done = new Label();
    a.place(group);
    startGroup();
    a.test(R10, R10);
    a.je(last);
    a.place(step);
    prefetch();
    step(ALL);
    advance();
    a.sub(R10, 1);
    a.jne(step);
    a.place(last);
    if (bits == 512) {
      load(RAX, LAST);
      a.test(RAX, RAX);
      a.je(done);
      a.kmovd(LAST_LANES, RAX);
      step(LAST_LANES);
      a.place(done);
    }
    for (int token = 0; token < tokens; token++) {
      store(token);
    }
    a.add(RBX, 4 * rows);
    a.mov(RSI, R14);
    for (int i = 0; i < rows; i++) {
      a.add(RSI, R9);
    }
    a.sub(R12, 1);
    a.jne(group);
    KernelFrame.leave(a, STACK);
    return a;
  }

  private void load(Register to, int argument) {
    KernelFrame.argument(a, to, argument);
  }

  private void constants() {
    if (format == DType.F8_E4M3) {
      int[] values = {0x007f007f, 0x7c007c00, 0x80008000, 0x00010001};
      for (int i = 0; i < values.length; i++) {
        KernelFrame.constant(a, Vector.ymm(0), values[i]);
        a.vmovdqu(Memory.at(Register.RSP, 32 * i), Vector.ymm(0));
      }
    }
  }

  private void startGroup() {
    a.mov(R14, RSI);
    load(R11, X);
    load(R10, STEPS);
    a.lea(RBP, Memory.at(R15, R15, 2));
    a.add(RBP, R11);
    a.lea(RDX, Memory.at(R9, R9, 2));
    a.add(RDX, RSI);
    for (int i = 0; i < rows * tokens; i++) {
      Vector sum = Vector.of(i, bits);
      a.vxorps(sum, sum, sum);
    }
  }

  private void prefetch() {
    a.lea(RCX, Memory.at(RSI, R13, 1));
    a.lea(R8, Memory.at(RDX, R13, 1));
    for (int row = 0; row < rows; row++) {
      a.prefetcht0(place(row, RCX, R8, R9));
    }
  }

  private static Memory place(int row, Register first, Register fourth, Register stride) {
    return switch (row) {
      case 0 -> Memory.at(first);
      case 1 -> Memory.at(first, stride, 1);
      case 2 -> Memory.at(first, stride, 2);
      default -> Memory.at(fourth);
    };
  }

  private void advance() {
    int weightBytes = bits / 32 * format.blockBytes();
    a.add(RSI, weightBytes);
    a.add(RDX, weightBytes);
    a.add(R11, bits / 8);
    a.add(RBP, bits / 8);
  }

  // ---- one vector of the contraction
  // ---------------------------------------------------------------

  private Vector sum(int row, int token) {
    return Vector.of(token * rows + row, bits);
  }

  private Vector temporary(int index) {
    return Vector.of((bits == 512 ? 16 : 8) + index, bits);
  }

  private Vector weight(int row) {
    return temporary(row);
  }

  private void step(Mask lanes) {
    if (format == DType.F8_E4M3) {
      fp8Scale();
    }
    for (int row = 0; row < rows; row++) {
      convert(weight(row), place(row, RSI, RDX, R9), lanes);
    }
    for (int token = 0; token < tokens; token++) {
      Vector x = temporary(4);
      a.vmovups(x.zeroed(lanes), place(token, R11, RBP, R15));
      for (int row = 0; row < rows; row++) {
        a.vfmadd231ps(sum(row, token), x, weight(row));
      }
    }
  }

  private void convert(Vector to, Memory from, Mask lanes) {
    Vector narrow = Vector.of(to.number(), bits / 2);
    switch (format) {
      case F32 -> a.vmovups(to.zeroed(lanes), from);
      case BF16 -> {
        a.vpmovzxwd(to.zeroed(lanes), from);
        a.vpslld(to, to, 16);
      }
      case F16 -> a.vcvtph2ps(to.zeroed(lanes), from);
      default -> {
        a.vpmovzxbw(narrow.zeroed(lanes), from);
        fp8(narrow);
        a.vcvtph2ps(to, narrow);
        a.vmulps(to, to, temporary(7));
      }
    }
  }

  /// See [PackKernel]: bytes in 16-bit lanes become F16, 2^8 times too small.
  private void fp8(Vector words) {
    Vector sign = Vector.of(temporary(5).number(), bits / 2);
    Vector nan = Vector.of(temporary(6).number(), bits / 2);
    a.vpsllw(sign, words, 8);
    a.vpand(sign, sign, fp8Constant(SIGNS));
    a.vpand(words, words, fp8Constant(MAGNITUDES));
    a.vpaddw(nan, words, fp8Constant(ONE));
    a.vpsrlw(nan, nan, 7);
    a.vpsllw(words, words, 7);
    a.vpor(words, words, sign);
    a.vpxor(sign, sign, sign);
    a.vpsubw(nan, sign, nan);
    a.vpand(nan, nan, fp8Constant(NAN_BITS));
    a.vpor(words, words, nan);
  }

  private static Memory fp8Constant(int offset) {
    return Memory.at(Register.RSP, offset);
  }

  /// The scale of the present block of 128 columns, times 2^8; the byte in the row tells which.
  private void fp8Scale() {
    a.mov(RAX, RSI);
    a.sub(RAX, R14);
    a.shr(RAX, 7);
    load(RCX, SCALES);
    Vector scale = temporary(7);
    a.vbroadcastss(scale, Memory.at(RCX, RAX, 4));
    a.mov(RAX, Float.floatToRawIntBits(256f));
    a.vmovd(temporary(4), RAX);
    a.vbroadcastss(temporary(4), temporary(4).x());
    a.vmulps(scale, scale, temporary(4));
  }

  // ---- sums
  // ------------------------------------------------------------------------------------------

  private void store(int token) {
    for (int row = 0; row < rows; row++) {
      Vector sum = sum(row, token);
      Vector other = temporary(4);
      if (bits == 512) {
        a.vextractf64x4(other, sum, 1);
        a.vaddps(sum.y(), sum.y(), other.y());
      }
      a.vextractf128(other, sum.y(), 1);
      a.vaddps(sum.x(), sum.x(), other.x());
      a.vmovhlps(other, sum.x(), sum.x());
      a.vaddps(sum.x(), sum.x(), other.x());
      a.vmovshdup(other.x(), sum.x());
      a.vaddss(sum, sum, other.x());
      a.vmovss(output(token, 4 * row), sum);
    }
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
