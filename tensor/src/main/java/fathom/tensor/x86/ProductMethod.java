package fathom.tensor.x86;

/// A way to compute products: first x is brought into the form that the kernels read, then rows of
/// the weight, or of x, are multiplied. Both happen in parts that any thread may take; how a
/// product is cut depends on its shape alone.
interface ProductMethod {
  /// Bytes that the packed x needs; 0 if x is read as it lies.
  long packedBytes(Product p);

  int packParts(Product p);

  /// Whether what one product packs serves another one of this method, too, given that both have
  /// the same x.
  default boolean packsAlike(Product one, Product other) {
    return false;
  }

  void pack(Product p, int part, Scratch scratch);

  int parts(Product p);

  void multiply(Product p, int part, Scratch scratch);

  /// The instructions that do the multiplying.
  InstructionPeaks.Kind instructions();

  static int ceilDiv(int a, int b) {
    return (a + b - 1) / b;
  }
}
