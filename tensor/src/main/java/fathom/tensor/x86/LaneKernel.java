package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.RAX;
import static fathom.tensor.x86.Register.RDX;
import static fathom.tensor.x86.Vector.zmm;

import fathom.tensor.DType;

/// Assembles the product of weights in their [LaneForm] with one, two or four rows of 8-bit
/// activations. AVX-512 VNNI.
///
/// A lane is a row of the weight. `vpdpbusd` multiplies four bytes of 16 rows with the same four
/// activations, repeated from memory; sums of a block become float32 and are scaled, 16 rows at a
/// time. A token's result does not depend on the other tokens.
final class LaneKernel extends LaneLoop {
  private static final Mask STORED = new Mask(1);

  private final LaneDots dots;

  LaneKernel(DType format, int tokens) {
    super(format, tokens, 0);
    dots = new LaneDots(this);
  }

  @Override
  void constants() {
    load(RAX, LANES);
    a.kmovd(STORED, RAX);
    dots.constants();
  }

  @Override
  void clearSums() {
    for (int token = 0; token < tokens; token++) {
      a.vpxor(sum(token), sum(token), sum(token));
    }
  }

  @Override
  void record() {
    dots.record();
  }

  @Override
  void storeSums(int token, Memory place) {
    a.vmovups(place.masked(STORED), sum(token));
  }

  /// The sums of 16 rows with one token.
  Vector sum(int token) {
    return zmm(token);
  }

  /// A word of the current block of all rows; asks for the same word further on.
  Memory word(int index) {
    prefetch(index);
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
    return inRecord(token, offset).repeated();
  }

  /// Four activations of the current record, from number `first` on.
  Memory quants(int token, int first) {
    return activation(token, layout.quants() + first);
  }
}
