package fathom.tensor.x86;

/// Products of block formats with few tokens: x is quantised to 8 bits, token by token, and weights
/// are multiplied as integers. A token's result does not depend on the other tokens. How the
/// weights lie, and so how a product is cut, is the two kinds' own.
abstract sealed class EightBitMethod implements ProductMethod permits DecodeMethod, LaneMethod {
  /// Tokens that one call multiplies at most.
  static final int MOST_TOKENS = 4;

  /// Bytes of a weight that a thread reads in one go.
  static final int BAND_BYTES = 128 << 10;

  /// How a quantised x lies.
  abstract ActivationLayout layout(Product p);

  /// What quantises one token's x.
  abstract MachineCode quantizer(Product p);

  final long packedRow(Product p) {
    return layout(p).rowBytes(p.weight().columns());
  }

  /// Where a token's quantised x is.
  final long packedX(Product p, int token) {
    return p.packed + token * packedRow(p);
  }

  /// How many of the tokens that are left go together: the kernels exist for 4, 2 and 1.
  static int together(int left) {
    return left >= MOST_TOKENS ? MOST_TOKENS : left >= 2 ? 2 : 1;
  }

  @Override
  public final long packedBytes(Product p) {
    return p.tokens() * packedRow(p);
  }

  @Override
  public final int packParts(Product p) {
    return p.tokens();
  }

  @Override
  public final boolean packsAlike(Product one, Product other) {
    return layout(one).equals(layout(other));
  }

  @Override
  public final void pack(Product p, int token, Scratch scratch) {
    scratch.set(0, p.x(token));
    scratch.set(1, packedX(p, token));
    scratch.set(2, p.weight().columns() / layout(p).numbers());
    scratch.call(quantizer(p));
  }
}
