package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.RDX;
import static fathom.tensor.x86.Register.RSP;

import fathom.tensor.DType;

/// [LaneKernel] in vectors of 256 bits, for the tiers AVX2 and AVX_VNNI: the 16 rows of a group are
/// two *halves* of eight lanes, each record of the first before the same record of the second.
/// Whole groups of 16 rows are always stored.
///
/// Sums are on the stack, because four tokens, two halves and what a block needs would be more than
/// 16 registers; a sum is loaded and stored once a block.
final class NarrowLaneKernel extends LaneLoop {
  private static final int ROWS_OF_HALF = 8;
  private static final int SUMS = NarrowLaneDots.STACK;
  private static final int STACK = SUMS + 32 * 2 * EightBitMethod.MOST_TOKENS;

  final Tier tier;
  private final NarrowLaneDots dots;

  NarrowLaneKernel(DType format, Tier tier, int tokens) {
    super(format, tokens, STACK);
    this.tier = tier;
    dots = new NarrowLaneDots(this);
  }

  @Override
  void constants() {
    dots.constants();
  }

  @Override
  void clearSums() {
    Vector zero = Vector.ymm(0);
    a.vpxor(zero, zero, zero);
    for (int token = 0; token < tokens; token++) {
      a.vmovups(sum(0, token), zero);
      a.vmovups(sum(1, token), zero);
    }
  }

  @Override
  void record() {
    for (int half = 0; half < 2; half++) {
      dots.record(half);
    }
  }

  @Override
  void storeSums(int token, Memory place) {
    for (int half = 0; half < 2; half++) {
      a.vmovups(Vector.ymm(0), sum(half, token));
      a.vmovups(place.plus(4 * ROWS_OF_HALF * half), Vector.ymm(0));
    }
  }

  /// The sums of eight rows with one token.
  Memory sum(int half, int token) {
    return Memory.at(RSP, SUMS + 32 * (2 * token + half));
  }

  /// A word of the current block of eight rows; the first half asks for both further on.
  Memory word(int half, int index) {
    if (half == 0) {
      prefetch(index);
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
    return inRecord(token, offset);
  }
}
