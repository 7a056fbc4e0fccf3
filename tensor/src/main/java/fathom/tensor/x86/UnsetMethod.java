package fathom.tensor.x86;

/// The method of a product that has none yet.
enum UnsetMethod implements ProductMethod {
  UNSET;

  @Override
  public long packedBytes(Product p) {
    throw unset();
  }

  @Override
  public int packParts(Product p) {
    throw unset();
  }

  @Override
  public void pack(Product p, int part, Scratch scratch) {
    throw unset();
  }

  @Override
  public int parts(Product p) {
    throw unset();
  }

  @Override
  public void multiply(Product p, int part, Scratch scratch) {
    throw unset();
  }

  @Override
  public InstructionPeaks.Kind instructions() {
    throw unset();
  }

  private static IllegalStateException unset() {
    return new IllegalStateException("product: no method chosen");
  }
}
