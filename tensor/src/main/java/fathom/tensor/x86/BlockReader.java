package fathom.tensor.x86;

import static fathom.tensor.x86.Register.RSP;
import static fathom.tensor.x86.Vector.ymm;

import fathom.tensor.DType;
import java.util.Arrays;

/// Emits the reading of ggml's quantised blocks (ggml-common.h), 32 numbers at a time, as bytes in
/// one register, and of the scales that super-blocks keep.
///
/// Small blocks of 32 hold `d` (F16), `m` (F16; Q4_1, Q5_1), fifth bits (32 bits; Q5_0, Q5_1), then
/// 32 bytes (Q8_0) or 16 bytes of two 4-bit numbers each, the low ones first. Super-blocks of 256:
/// Q4_K and Q5_K hold `d`, `dmin` (F16), eight 6-bit scales and minima in 12 bytes, fifth bits (32
/// bytes, Q5_K), 128 bytes of 4-bit numbers; Q6_K holds low 4 bits (128 bytes), high 2 bits (64
/// bytes), 16 signed scales, `d` (F16).
final class BlockReader {
  /// The bytes that were read, two scratch registers, and results of the scales.
  static final Vector W = ymm(8), S = ymm(9), D = ymm(10), E = ymm(11), F = ymm(12);

  /// Constants that stay in registers.
  static final Vector ONES_16 = ymm(13), COUNTS = ymm(14), MASK = ymm(15);

  /// Stack bytes for the constants.
  static final int STACK = 256;

  private static final int SPREAD = 0, BITS = 1, FIFTH = 2, LOW_6 = 3, HIGH_2 = 4, TWO_BITS = 5;
  private static final int Q6_HIGH = 128, Q6_SCALES = 192, Q6_D = 208;
  private static final int K_SCALES = 4, K_FIFTH = 16;

  /// Where a byte of the current block of a weight row lies.
  interface Place {
    Memory at(int row, int offset);
  }

  private final Assembler a;
  private final DType format;
  private final Place weights;
  private final boolean signed;

  /// @param signed whether Q8_0 is left as signed bytes instead of made unsigned by adding 128
  BlockReader(Assembler a, DType format, Place weights, boolean signed) {
    this.a = a;
    this.format = format;
    this.weights = weights;
    this.signed = signed;
  }

  static boolean reads(DType format) {
    return switch (format) {
      case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> true;
      default -> false;
    };
  }

  private static Memory constant(int index) {
    return Memory.at(RSP, 32 * index);
  }

  /// Loads what stays the same; overwrites W and the first 256 bytes of the stack.
  void constants() {
    KernelFrame.constant(a, ONES_16, 0x00010001);
    KernelFrame.constant(a, MASK, format == DType.Q8_0 ? 0x80808080 : 0x0f0f0f0f);
    repeat(FIFTH, 0x10101010);
    repeat(LOW_6, 0x3f3f3f3f);
    repeat(HIGH_2, 0xc0c0c0c0);
    repeat(TWO_BITS, 0x30303030);
    spreadBits();
    KernelFrame.table(a, COUNTS, 192 + 32, KernelFrame.bytes(0, 0, 0, 0, 4, 0, 4, 0));
  }

  private void repeat(int index, int value) {
    KernelFrame.constant(a, W, value);
    a.vmovdqu(constant(index), W);
  }

  /// For giving byte i of a vector bit i of 32: each byte of the bits goes to eight places, and one
  /// bit of it is looked at in each.
  private void spreadBits() {
    int[] spread = new int[8];
    Arrays.setAll(spread, i -> 0x01010101 * (i / 2));
    KernelFrame.table(a, W, 32 * SPREAD, KernelFrame.bytes(spread));
    int[] bits = new int[8];
    Arrays.setAll(bits, i -> i % 2 == 0 ? 0x08040201 : 0x80402010);
    KernelFrame.table(a, W, 32 * BITS, KernelFrame.bytes(bits));
  }

  // ---- 32 numbers as bytes
  // -------------------------------------------------------------------------

  /// W = the bytes of block `block` (0 of a small block, 0 .. 7 of a super-block); uses E and F.
  void bytes(int row, int block) {
    switch (format) {
      case Q8_0 -> {
        if (signed) {
          a.vmovdqu(W, weights.at(row, 2));
        } else {
          a.vpxor(W, MASK, weights.at(row, 2));
        }
      }
      case Q4_0 -> nibbles(weights.at(row, 2));
      case Q4_1 -> nibbles(weights.at(row, 4));
      case Q5_0 -> fiveBits(row, 2);
      case Q5_1 -> fiveBits(row, 4);
      case Q4_K -> fourBits(weights.at(row, 16 + 32 * (block / 2)), block % 2 == 1);
      case Q5_K -> fiveBitsOfSuperBlock(row, block);
      case Q6_K -> sixBits(row, block);
      default -> throw new IllegalStateException("no block format: " + format);
    }
  }

  private void nibbles(Memory place) {
    a.vbroadcasti128(W, place);
    a.vpsrlvq(W, W, COUNTS);
    a.vpand(W, W, MASK);
  }

  private void fiveBits(int row, int offset) {
    nibbles(weights.at(row, offset + 4));
    a.vpbroadcastd(F, weights.at(row, offset));
    a.vpshufb(F, F, constant(SPREAD));
    a.vmovdqu(E, constant(BITS));
    a.vpand(F, F, E);
    a.vpcmpeqb(F, F, E);
    a.vpand(F, F, constant(FIFTH));
    a.vpor(W, W, F);
  }

  /// Blocks 2c and 2c + 1 of a super-block share 32 bytes: the low and the high four bits.
  private void fourBits(Memory place, boolean high) {
    if (high) {
      a.vmovdqu(W, place);
      a.vpsrlw(W, W, 4);
      a.vpand(W, W, MASK);
    } else {
      a.vpand(W, MASK, place);
    }
  }

  /// The fifth bit of number l of block b is bit b of byte l.
  private void fiveBitsOfSuperBlock(int row, int block) {
    fourBits(weights.at(row, K_FIFTH + 32 + 32 * (block / 2)), block % 2 == 1);
    a.vmovdqu(F, weights.at(row, K_FIFTH));
    shiftToBit4(block);
    a.vpand(F, F, constant(FIFTH));
    a.vpor(W, W, F);
  }

  /// Blocks k and k + 2 of each half share 32 bytes of low bits, all four share 32 of high bits.
  private void sixBits(int row, int block) {
    int half = block / 4;
    int k = block % 4;
    fourBits(weights.at(row, 64 * half + 32 * (k & 1)), k >= 2);
    a.vmovdqu(F, weights.at(row, Q6_HIGH + 32 * half));
    shiftToBit4(2 * k);
    a.vpand(F, F, constant(TWO_BITS));
    a.vpor(W, W, F);
  }

  private void shiftToBit4(int bit) {
    if (bit < 4) {
      a.vpsllw(F, F, 4 - bit);
    } else if (bit > 4) {
      a.vpsrlw(F, F, bit - 4);
    }
  }

  // ---- scales
  // ----------------------------------------------------------------------------------------

  /// `to` = an F16 number as float32 in all lanes.
  void half(Vector to, Memory from) {
    a.vpbroadcastw(to.x(), from);
    a.vcvtph2ps(to, to.x());
  }

  /// Q4_K, Q5_K: W = the bytes of eight scales, D = those of eight minima; uses S and E.
  void scalesAndMinima(int row) {
    a.vmovq(W, weights.at(row, K_SCALES));
    a.vpbroadcastd(S.x(), weights.at(row, K_SCALES + 8));
    a.vpand(E.x(), W.x(), constant(HIGH_2));
    a.vpand(W.x(), W.x(), constant(LOW_6));
    a.vpsrlw(E.x(), E.x(), 2);
    a.vpsrlw(D.x(), S.x(), 4);
    a.vpunpckldq(S.x(), S.x(), D.x());
    a.vpand(S.x(), S.x(), MASK.x());
    a.vpor(S.x(), S.x(), E.x());
    a.vpunpckldq(W.x(), W.x(), S.x());
    a.vpunpckhqdq(D.x(), W.x(), W.x());
  }

  /// Eight unsigned bytes of a register as float32, times `factor` in all lanes.
  void scaled(Vector bytes, Vector factor) {
    a.vpmovzxbd(bytes, bytes.x());
    a.vcvtdq2ps(bytes, bytes);
    a.vmulps(bytes, bytes, factor);
  }

  /// Q6_K: W and D = its 16 signed scales as float32.
  void signedScales(int row) {
    a.vpmovsxbd(W, weights.at(row, Q6_SCALES));
    a.vpmovsxbd(D, weights.at(row, Q6_SCALES + 8));
    a.vcvtdq2ps(W, W);
    a.vcvtdq2ps(D, D);
  }

  /// The F16 scale of the whole block.
  Memory scale(int row) {
    return weights.at(row, format == DType.Q6_K ? Q6_D : 0);
  }

  /// The second F16 number: the minimum, or the minima's scale.
  Memory minimum(int row) {
    return weights.at(row, 2);
  }
}
