package fathom.tensor.x86;

import fathom.tensor.WeightMatrix;

/// Products of weights as they lie with few tokens: bands of rows.
final class DecodeMethod extends EightBitMethod {
  private static final int MOST_PREFETCH = 4096;

  private final KernelSet kernels;

  DecodeMethod(KernelSet kernels) {
    this.kernels = kernels;
  }

  @Override
  ActivationLayout layout(Product p) {
    return ActivationLayout.of(p.weight().type());
  }

  @Override
  MachineCode quantizer(Product p) {
    return kernels.quantize(p.weight().type());
  }

  /// Rows of a part: a multiple of four, some 128 KiB of the weight.
  static int bandRows(WeightMatrix w) {
    long rows = BAND_BYTES / Math.max(w.rowBytes(), 1) / 4 * 4;
    return Math.clamp(rows, 4, 1 << 20);
  }

  @Override
  public int parts(Product p) {
    return ProductMethod.ceilDiv(p.weight().rows(), bandRows(p.weight()));
  }

  @Override
  public void multiply(Product p, int part, Scratch scratch) {
    int first = part * bandRows(p.weight());
    int end = Math.min(first + bandRows(p.weight()), p.weight().rows());
    scratch.set(DecodeKernel.ROW_BYTES, p.weight().rowBytes());
    scratch.set(DecodeKernel.RECORDS, p.weight().columns() / layout(p).numbers());
    scratch.set(DecodeKernel.X_BYTES, packedRow(p));
    scratch.set(DecodeKernel.OUT_BYTES, p.yRowBytes());
    scratch.set(DecodeKernel.HALVES, KernelSet.halves());
    scratch.set(DecodeKernel.PREFETCH, Math.min(4 * p.weight().rowBytes(), MOST_PREFETCH));
    for (int token = 0; token < p.tokens(); ) {
      int tokens = together(p.tokens() - token);
      scratch.set(DecodeKernel.X, packedX(p, token));
      int rows = tokens == MOST_TOKENS ? 2 : 4;
      int whole = first + (end - first) / rows * rows;
      rows(p, token, first, (whole - first) / rows, scratch, decode(p, rows, tokens));
      rows(p, token, whole, end - whole, scratch, decode(p, 1, tokens));
      token += tokens;
    }
  }

  @Override
  public InstructionPeaks.Kind instructions() {
    return kernels.tier() == Tier.AVX2
        ? InstructionPeaks.Kind.MADDUBS_256
        : InstructionPeaks.Kind.VNNI_256;
  }

  private MachineCode decode(Product p, int rows, int tokens) {
    return kernels.decode(p.weight().type(), rows, tokens);
  }

  private static void rows(
      Product p, int token, int first, int groups, Scratch scratch, MachineCode code) {
    if (groups > 0) {
      scratch.set(DecodeKernel.WEIGHTS, p.weight().rowAddress(first));
      scratch.set(DecodeKernel.GROUPS, groups);
      scratch.set(DecodeKernel.OUT, p.y(token) + 4L * first);
      scratch.call(code);
    }
  }
}
