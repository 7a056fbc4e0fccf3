package fathom.tensor.x86;

import static fathom.tensor.x86.Register.RSP;
import static fathom.tensor.x86.Vector.ymm;

import fathom.tensor.DType;

/// One record of one half of a [NarrowLaneKernel], block by block: bytes times bytes, sums times
/// scales, onto the sums of eight rows.
///
/// Without VNNI, `vpmaddubsw` leaves 16-bit sums of two products. Weights of four bits are so small
/// that eight of them fit 16 bits, those of six bits that two do, before `vpmaddwd` widens them;
/// those of eight bits lend their sign to the activations and are widened at once.
final class NarrowLaneDots {
  /// On the stack: ones of 16 bits, `dmin`, and the scales and minima of a super-block.
  private static final int ONES = 0, LEAST = 32, SCALES = 64, MINIMA = 128;

  /// Bytes on the stack.
  static final int STACK = 192;

  private static final int DOTS = 0, WORDS = 4;
  private static final Vector V = ymm(8), X = ymm(9), S = ymm(10), M = ymm(11), LOW_4 = ymm(12);
  private static final Vector T = ymm(13), D = ymm(14), OTHER_BITS = ymm(15);
  private static final int Q4_SCALES = 1, Q4_WORDS = 4, Q6_HIGH = 32, Q6_SCALES = 48;

  private final NarrowLaneKernel kernel;
  private final Assembler a;
  private final ActivationLayout layout;
  private final DType format;
  private final boolean hasVnni;

  /// Products that fit a 16-bit lane one upon the other.
  private final int room;

  private int half;

  /// Products in the 16-bit lanes.
  private int pending;

  NarrowLaneDots(NarrowLaneKernel kernel) {
    this.kernel = kernel;
    a = kernel.a;
    layout = kernel.layout;
    format = kernel.form.format();
    hasVnni = kernel.tier != Tier.AVX2;
    room = format == DType.Q6_K ? 2 : 8;
  }

  void constants() {
    KernelFrame.constant(a, V, 0x00010001);
    a.vmovdqu(Memory.at(RSP, ONES), V);
    KernelFrame.constant(a, LOW_4, format == DType.Q8_0 ? 0x80808080 : 0x0f0f0f0f);
    KernelFrame.constant(a, OTHER_BITS, format == DType.Q4_K ? 0x3f : 0x30303030);
  }

  void record(int newHalf) {
    half = newHalf;
    switch (format) {
      case Q8_0 -> bytes();
      case Q4_0 -> nibbles();
      case Q4_K -> fourBits();
      case Q6_K -> sixBits();
      default -> throw new IllegalStateException("rows as lanes: no products with " + format);
    }
  }

  // ---- whole numbers
  // ---------------------------------------------------------------------------------

  private static Vector dot(int token) {
    return ymm(DOTS + token);
  }

  private static Vector words(int token) {
    return ymm(WORDS + token);
  }

  /// Sums of a block begin with what the weights' offset takes off.
  private void start(int part) {
    pending = 0;
    for (int token = 0; token < kernel.tokens; token++) {
      if (layout.offset() == 0 || keepsSign()) {
        a.vpxor(dot(token), dot(token), dot(token));
      } else {
        a.vpbroadcastd(dot(token), kernel.activation(token, layout.starts() + 4 * part));
      }
    }
  }

  private boolean keepsSign() {
    return format == DType.Q8_0 && !hasVnni;
  }

  /// The unsigned bytes in V times four activations of each token.
  private void multiply(int first) {
    for (int token = 0; token < kernel.tokens; token++) {
      a.vpbroadcastd(X, kernel.activation(token, layout.quants() + first));
      if (hasVnni) {
        a.vpdpbusd(dot(token), V, X);
      } else if (pending == 0) {
        a.vpmaddubsw(words(token), V, X);
      } else {
        a.vpmaddubsw(X, V, X);
        a.vpaddw(words(token), words(token), X);
      }
    }
    pending++;
    if (pending == room) {
      widen();
    }
  }

  private void widen() {
    if (!hasVnni && pending > 0) {
      for (int token = 0; token < kernel.tokens; token++) {
        a.vpmaddwd(words(token), words(token), Memory.at(RSP, ONES));
        a.vpaddd(dot(token), dot(token), words(token));
      }
    }
    pending = 0;
  }

  /// The signed bytes in V times four activations of each token.
  private void multiplySigned(int first) {
    a.vpabsb(T, V);
    for (int token = 0; token < kernel.tokens; token++) {
      a.vpbroadcastd(X, kernel.activation(token, layout.quants() + first));
      a.vpsignb(X, X, V);
      a.vpmaddubsw(X, T, X);
      a.vpmaddwd(X, X, Memory.at(RSP, ONES));
      a.vpaddd(dot(token), dot(token), X);
    }
  }

  /// Sums times the scales in S and the activations' own, onto the sums of the rows.
  private void scale(int block) {
    widen();
    for (int token = 0; token < kernel.tokens; token++) {
      a.vbroadcastss(X, kernel.activation(token, layout.scales() + 4 * block));
      a.vmulps(X, X, S);
      a.vcvtdq2ps(dot(token), dot(token));
      a.vfmadd213ps(dot(token), X, kernel.sum(half, token));
      a.vmovups(kernel.sum(half, token), dot(token));
    }
  }

  // ---- blocks of 32 with one scale
  // --------------------------------------------------------------

  private void bytes() {
    start(0);
    for (int word = 0; word < 8; word++) {
      if (keepsSign()) {
        a.vmovdqu(V, kernel.word(half, word));
        multiplySigned(4 * word);
      } else {
        a.vpxor(V, LOW_4, kernel.word(half, word));
        multiply(4 * word);
      }
    }
    a.vcvtph2ps(S, kernel.halves(half));
    scale(0);
  }

  private void nibbles() {
    start(0);
    for (int word = 0; word < 4; word++) {
      a.vmovdqu(T, kernel.word(half, word));
      a.vpand(V, T, LOW_4);
      multiply(4 * word);
      high(V, T);
      multiply(16 + 4 * word);
    }
    a.vcvtph2ps(S, kernel.halves(half));
    scale(0);
  }

  private void high(Vector to, Vector from) {
    a.vpsrlw(to, from, 4);
    a.vpand(to, to, LOW_4);
  }

  // ---- Q4_K: eight blocks of 32 with 6-bit scales and minima
  // ----------------------------------------------

  private void fourBits() {
    a.vmovdqu(T, kernel.word(half, 0));
    a.vpslld(D, T, 16);
    half(D);
    half(T);
    a.vmovups(Memory.at(RSP, LEAST), T);
    scaleBytes();
    for (int block = 0; block < 8; block++) {
      start(0);
      for (int word = 0; word < 8; word++) {
        int index = Q4_WORDS + 8 * (block / 2) + word;
        if (block % 2 == 0) {
          a.vpand(V, LOW_4, kernel.word(half, index));
        } else {
          a.vmovdqu(T, kernel.wordAgain(half, index));
          high(V, T);
        }
        multiply(32 * block + 4 * word);
      }
      sixBitNumber(S, SCALES, block);
      a.vmulps(S, S, D);
      scale(block);
      sixBitNumber(M, MINIMA, block);
      a.vmulps(M, M, Memory.at(RSP, LEAST));
      for (int token = 0; token < kernel.tokens; token++) {
        a.vbroadcastss(X, kernel.activation(token, layout.sums() + 4 * block));
        a.vfnmadd231ps(dot(token), X, M);
        a.vmovups(kernel.sum(half, token), dot(token));
      }
    }
  }

  /// F16 numbers in the upper halves of 32-bit lanes to float32: as signed numbers they can be
  /// packed side by side.
  private void half(Vector v) {
    a.vpsrad(v, v, 16);
    a.vpackssdw(v, v, v);
    a.vpermq(v, v, 0x08);
    a.vcvtph2ps(v, v.x());
  }

  /// The scales of blocks 0 … 3 and 4 … 7, and their minima, as four bytes of each lane, to the
  /// stack. Bytes of the first two words hold six bits of the first and, on top, two bits of the
  /// second half; the third word holds four bits of scales and minima of the second half.
  private void scaleBytes() {
    KernelFrame.constant(a, S, 0x30303030);
    a.vmovdqu(M, kernel.word(half, Q4_SCALES + 2));
    for (int kind = 0; kind < 2; kind++) {
      int place = kind == 0 ? SCALES : MINIMA;
      a.vmovdqu(T, kernel.word(half, Q4_SCALES + kind));
      a.vmovdqu(Memory.at(RSP, place), T);
      a.vpsrld(T, T, 2);
      a.vpand(T, T, S);
      if (kind == 0) {
        a.vpand(V, M, LOW_4);
      } else {
        high(V, M);
      }
      a.vpor(V, V, T);
      a.vmovdqu(Memory.at(RSP, place + 32), V);
    }
  }

  private void sixBitNumber(Vector to, int place, int block) {
    a.vmovdqu(to, Memory.at(RSP, place + 32 * (block / 4)));
    if (block % 4 > 0) {
      a.vpsrld(to, to, 8 * (block % 4));
    }
    a.vpand(to, to, OTHER_BITS);
    a.vcvtdq2ps(to, to);
  }

  // ---- Q6_K: sixteen blocks of 16 with 8-bit scales
  // --------------------------------------------------------

  private void sixBits() {
    a.vcvtph2ps(D, kernel.halves(half));
    for (int block = 0; block < 8; block++) {
      for (int side = 0; side < 2; side++) { // the lower or the upper 16 of a block of 32
        start(2 * block + side);
        for (int word = 4 * side; word < 4 * side + 4; word++) {
          sixBitWord(block / 4, block % 4, word);
          multiply(32 * block + 4 * word);
        }
        scaleOfSixteen(2 * block + side);
        scale(block);
      }
    }
  }

  /// V = four numbers: blocks k and k + 2 of a half of the super-block share words of low bits, all
  /// four share one of high bits.
  private void sixBitWord(int part, int k, int word) {
    int low = 16 * part + 8 * (k % 2) + word;
    int top = Q6_HIGH + 8 * part + word;
    a.vmovdqu(T, k < 2 ? kernel.word(half, low) : kernel.wordAgain(half, low));
    if (k < 2) {
      a.vpand(V, T, LOW_4);
    } else {
      high(V, T);
    }
    a.vmovdqu(T, k == 0 ? kernel.word(half, top) : kernel.wordAgain(half, top));
    if (k < 2) {
      a.vpslld(T, T, 4 - 2 * k);
    } else if (k == 3) {
      a.vpsrld(T, T, 2);
    }
    a.vpand(T, T, OTHER_BITS);
    a.vpor(V, V, T);
  }

  private void scaleOfSixteen(int index) {
    int word = Q6_SCALES + index / 4;
    a.vmovdqu(S, index % 4 == 0 ? kernel.word(half, word) : kernel.wordAgain(half, word));
    if (index % 4 < 3) {
      a.vpslld(S, S, 24 - 8 * (index % 4));
    }
    a.vpsrad(S, S, 24);
    a.vcvtdq2ps(S, S);
    a.vmulps(S, S, D);
  }
}
