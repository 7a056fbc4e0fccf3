package fathom.tensor.x86;

import static fathom.tensor.x86.Vector.zmm;

import fathom.tensor.DType;

/// One record of a [LaneKernel]: bytes times bytes, sums times scales, into the sums of 16 rows.
final class LaneDots {
  /// Whole-number sums of up to four blocks and tokens, and float32 sums of a super-block.
  private static final int DOTS = 4, SUPER = 20;

  private static final Vector W = zmm(24), V = zmm(25), S = zmm(26), T = zmm(27);
  private static final Vector LOW_4 = zmm(28), LOW_6 = zmm(29), TWO_BITS = zmm(30), H = zmm(31);

  /// Registers that Q4_K needs beyond these, where four tokens leave none of the dots.
  private static final Vector SCALES = zmm(12), MINIMA = zmm(13), HIGH_SCALES = zmm(14);

  private static final Vector HIGH_MINIMA = zmm(15);
  private static final int MINIMUM_SUMS = 16;

  /// `vpternlogd`: destination or (a and b).
  private static final int OR_AND = 0xf8;

  private static final int Q4_SCALES = 1, Q4_WORDS = 4, Q6_HIGH = 32, Q6_SCALES = 48;

  private final LaneKernel kernel;
  private final Assembler a;
  private final ActivationLayout layout;
  private final DType format;

  LaneDots(LaneKernel kernel) {
    this.kernel = kernel;
    a = kernel.a;
    layout = kernel.layout;
    format = kernel.form.format();
  }

  void constants() {
    KernelFrame.constant(a, LOW_4, format == DType.Q8_0 ? 0x80808080 : 0x0f0f0f0f);
    KernelFrame.constant(a, LOW_6, format == DType.Q4_K ? 0x3f : 0);
    KernelFrame.constant(a, TWO_BITS, 0x30303030);
  }

  void record() {
    switch (format) {
      case Q8_0 -> bytes();
      case Q4_0 -> nibbles();
      case Q4_K -> fourBits();
      case Q6_K -> sixBits();
      default -> throw new IllegalStateException("rows as lanes: no products with " + format);
    }
  }

  private static Vector dot(int block, int token) {
    return zmm(DOTS + 4 * block + token);
  }

  /// Sums of a block begin with what the weights' offset takes off.
  private void start(int block, int part) {
    for (int token = 0; token < kernel.tokens; token++) {
      Vector dot = dot(block, token);
      if (layout.offset() == 0) {
        a.vpxor(dot, dot, dot);
      } else {
        a.vpbroadcastd(dot, plain(kernel.activation(token, layout.starts() + 4 * part)));
      }
    }
  }

  /// `vpbroadcastd` repeats by itself.
  private static Memory plain(Memory repeated) {
    return new Memory(
        repeated.base(),
        repeated.index(),
        repeated.scale(),
        repeated.displacement(),
        false,
        Mask.ALL);
  }

  private void multiply(Vector bytes, int block, int first) {
    for (int token = 0; token < kernel.tokens; token++) {
      a.vpdpbusdEvex(dot(block, token), bytes, kernel.quants(token, first));
    }
  }

  // ---- blocks of 32 with one scale
  // --------------------------------------------------------------

  private void bytes() {
    start(0, 0);
    for (int word = 0; word < 8; word++) {
      a.vpxor(W, LOW_4, kernel.word(word));
      multiply(W, 0, 4 * word);
    }
    scaleBlock();
  }

  private void nibbles() {
    start(0, 0);
    for (int word = 0; word < 4; word++) {
      a.vmovdqu(W, kernel.word(word));
      a.vpand(V, W, LOW_4);
      multiply(V, 0, 4 * word);
      high(V, W);
      multiply(V, 0, 16 + 4 * word);
    }
    scaleBlock();
  }

  private void high(Vector to, Vector from) {
    a.vpsrlw(to, from, 4);
    a.vpand(to, to, LOW_4);
  }

  private void scaleBlock() {
    a.vcvtph2ps(S, kernel.halves());
    for (int token = 0; token < kernel.tokens; token++) {
      a.vmulps(T, S, kernel.activation(token, layout.scales()));
      a.vcvtdq2ps(dot(0, token), dot(0, token));
      a.vfmadd231ps(kernel.sum(token), dot(0, token), T);
    }
  }

  // ---- Q4_K: eight blocks of 32 with 6-bit scales and minima
  // ----------------------------------------------

  private void fourBits() {
    for (int token = 0; token < kernel.tokens; token++) {
      a.vpxor(zmm(SUPER + token), zmm(SUPER + token), zmm(SUPER + token));
      a.vpxor(zmm(MINIMUM_SUMS + token), zmm(MINIMUM_SUMS + token), zmm(MINIMUM_SUMS + token));
    }
    scaleBytes();
    for (int pair = 0; pair < 4; pair++) {
      start(0, 0);
      start(1, 0);
      for (int word = 0; word < 8; word++) {
        a.vmovdqu(W, kernel.word(Q4_WORDS + 8 * pair + word));
        a.vpand(V, W, LOW_4);
        multiply(V, 0, 64 * pair + 4 * word);
        high(V, W);
        multiply(V, 1, 64 * pair + 32 + 4 * word);
      }
      scaleAndMinimum(0, 2 * pair);
      scaleAndMinimum(1, 2 * pair + 1);
    }
    a.vmovdqu(W, kernel.word(0));
    a.vpslld(S, W, 16);
    a.vpsrld(S, S, 16);
    half(S);
    a.vpsrld(T, W, 16);
    half(T);
    for (int token = 0; token < kernel.tokens; token++) {
      a.vfmadd231ps(kernel.sum(token), zmm(SUPER + token), S);
      a.vfnmadd231ps(kernel.sum(token), zmm(MINIMUM_SUMS + token), T);
    }
  }

  /// F16 numbers, one in each 32-bit lane, to float32: the even 16-bit lanes come together first.
  private void half(Vector v) {
    a.vpmovdw(v.y(), v);
    a.vcvtph2ps(v, v.y());
  }

  /// The scales of blocks 0 … 3 and 4 … 7, and their minima, as four bytes of each lane. Bytes of
  /// the first two words hold six bits of the first and, on top, two bits of the second half; the
  /// third word holds four bits of scales and minima of the second half.
  private void scaleBytes() {
    a.vmovdqu(SCALES, kernel.word(Q4_SCALES));
    a.vmovdqu(MINIMA, kernel.word(Q4_SCALES + 1));
    a.vmovdqu(W, kernel.word(Q4_SCALES + 2));
    a.vpand(HIGH_SCALES, W, LOW_4);
    a.vpsrld(V, SCALES, 2);
    a.vpternlogd(HIGH_SCALES, V, TWO_BITS, OR_AND);
    high(HIGH_MINIMA, W);
    a.vpsrld(V, MINIMA, 2);
    a.vpternlogd(HIGH_MINIMA, V, TWO_BITS, OR_AND);
  }

  private void scaleAndMinimum(int dots, int block) {
    sixBitNumber(S, block < 4 ? SCALES : HIGH_SCALES, block % 4);
    sixBitNumber(T, block < 4 ? MINIMA : HIGH_MINIMA, block % 4);
    for (int token = 0; token < kernel.tokens; token++) {
      Vector dot = dot(dots, token);
      a.vcvtdq2ps(dot, dot);
      a.vmulps(W, S, kernel.activation(token, layout.scales() + 4 * block));
      a.vfmadd231ps(zmm(SUPER + token), dot, W);
      a.vfmadd231ps(
          zmm(MINIMUM_SUMS + token), T, kernel.activation(token, layout.sums() + 4 * block));
    }
  }

  private void sixBitNumber(Vector to, Vector bytes, int index) {
    if (index > 0) {
      a.vpsrld(to, bytes, 8 * index);
      a.vpand(to, to, LOW_6);
    } else {
      a.vpand(to, bytes, LOW_6);
    }
    a.vcvtdq2ps(to, to);
  }

  // ---- Q6_K: sixteen blocks of 16 with 8-bit scales
  // --------------------------------------------------------

  private void sixBits() {
    for (int token = 0; token < kernel.tokens; token++) {
      a.vpxor(zmm(SUPER + token), zmm(SUPER + token), zmm(SUPER + token));
    }
    for (int eighth = 0; eighth < 4; eighth++) {
      int half = eighth / 2;
      int side = eighth % 2; // the lower or the upper 16 of each block of 32
      for (int block = 0; block < 4; block++) {
        start(block, 2 * (4 * half + block) + side);
      }
      for (int word = 4 * side; word < 4 * side + 4; word++) {
        sixBitWords(half, word);
      }
      for (int block = 0; block < 4; block++) {
        scaleSixteen(block, 4 * half + block, side);
      }
    }
    a.vcvtph2ps(S, kernel.halves());
    for (int token = 0; token < kernel.tokens; token++) {
      a.vfmadd231ps(kernel.sum(token), zmm(SUPER + token), S);
    }
  }

  /// Blocks k and k + 2 of a half share words of low bits, all four share one of high bits.
  private void sixBitWords(int half, int word) {
    a.vmovdqu(H, kernel.word(Q6_HIGH + 8 * half + word));
    for (int k = 0; k < 2; k++) {
      int number = 128 * half + 4 * word;
      a.vmovdqu(W, kernel.word(16 * half + 8 * k + word));
      a.vpand(V, W, LOW_4);
      a.vpslld(T, H, 4 - 2 * k);
      a.vpternlogd(V, T, TWO_BITS, OR_AND);
      multiply(V, k, number + 32 * k);
      high(V, W);
      if (k == 0) {
        a.vpternlogd(V, H, TWO_BITS, OR_AND);
      } else {
        a.vpsrld(T, H, 2);
        a.vpternlogd(V, T, TWO_BITS, OR_AND);
      }
      multiply(V, k + 2, number + 32 * (k + 2));
    }
  }

  private void scaleSixteen(int dots, int block, int side) {
    int scale = 2 * block + side;
    int word = Q6_SCALES + scale / 4;
    a.vmovdqu(S, scale % 4 == 0 ? kernel.word(word) : kernel.wordAgain(word));
    a.vpslld(S, S, 24 - 8 * (scale % 4));
    a.vpsrad(S, S, 24);
    a.vcvtdq2ps(S, S);
    for (int token = 0; token < kernel.tokens; token++) {
      Vector dot = dot(dots, token);
      a.vcvtdq2ps(dot, dot);
      a.vmulps(T, S, kernel.activation(token, layout.scales() + 4 * block));
      a.vfmadd231ps(zmm(SUPER + token), dot, T);
    }
  }
}
