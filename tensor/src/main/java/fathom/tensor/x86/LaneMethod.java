package fathom.tensor.x86;

/// Products of weights in their [LaneForm] with few tokens: bands of groups of 16 rows.
final class LaneMethod extends EightBitMethod {
  private static final int LEAST_PARTS = 32;
  private static final int PREFETCH_BYTES = 4096;

  private final KernelSet kernels;

  LaneMethod(KernelSet kernels) {
    this.kernels = kernels;
  }

  @Override
  ActivationLayout layout(Product p) {
    return ActivationLayout.ofLanes(p.weight().type());
  }

  @Override
  MachineCode quantizer(Product p) {
    return kernels.quantizeForLanes(p.weight().type());
  }

  /// Groups of a part: long streams are read faster, but a small weight must be shared, too.
  private static int bandGroups(LaneWeight w) {
    long most = Math.max(1, BAND_BYTES / Math.max(w.groupBytes(), 1));
    return Math.toIntExact(Math.clamp(w.groups() / LEAST_PARTS, 1, most));
  }

  @Override
  public int parts(Product p) {
    return ProductMethod.ceilDiv(p.lanes().groups(), bandGroups(p.lanes()));
  }

  @Override
  public void multiply(Product p, int part, Scratch scratch) {
    LaneWeight w = p.lanes();
    int first = part * bandGroups(w);
    int end = Math.min(first + bandGroups(w), w.groups());
    int whole = Math.min(end, p.weight().rows() / LaneForm.ROWS);
    scratch.set(LaneLoop.GROUP_BYTES, w.groupBytes());
    scratch.set(LaneLoop.WORD_BYTES, w.wordBytes());
    scratch.set(LaneLoop.RECORDS, w.form().records(p.weight().columns()));
    scratch.set(LaneLoop.X_BYTES, packedRow(p));
    scratch.set(LaneLoop.OUT_BYTES, p.yRowBytes());
    scratch.set(LaneLoop.PREFETCH, PREFETCH_BYTES);
    for (int token = 0; token < p.tokens(); ) {
      int tokens = together(p.tokens() - token);
      scratch.set(LaneLoop.X, packedX(p, token));
      scratch.set(LaneLoop.LANES, (1 << LaneForm.ROWS) - 1);
      groups(p, new Block(first, whole - first, token, tokens), scratch);
      if (end > whole) {
        lastRows(p, new Block(whole, 1, token, tokens), scratch);
      }
      token += tokens;
    }
  }

  @Override
  public InstructionPeaks.Kind instructions() {
    return switch (kernels.tier()) {
      case AVX2 -> InstructionPeaks.Kind.MADDUBS_256;
      case AVX_VNNI -> InstructionPeaks.Kind.VNNI_256;
      case AVX512, AMX -> InstructionPeaks.Kind.VNNI_512;
    };
  }

  private record Block(int group, int groups, int token, int tokens) {}

  /// The rows of a group that is not full.
  private void lastRows(Product p, Block block, Scratch scratch) {
    int rows = p.weight().rows() % LaneForm.ROWS;
    if (kernels.tier().atLeast(Tier.AVX512)) {
      scratch.set(LaneLoop.LANES, (1 << rows) - 1);
      groups(p, block, scratch);
      return;
    }
    long rowBytes = 4L * LaneForm.ROWS;
    long place = scratch.buffer(Scratch.EDGE, MOST_TOKENS * rowBytes);
    scratch.set(LaneLoop.OUT_BYTES, rowBytes);
    groups(p, block, place, scratch);
    scratch.set(LaneLoop.OUT_BYTES, p.yRowBytes());
    for (int i = 0; i < block.tokens; i++) {
      TileBlocks.copy(place + i * rowBytes, out(p, block) + i * p.yRowBytes(), rows);
    }
  }

  private static long out(Product p, Block block) {
    return p.y(block.token) + 4L * LaneForm.ROWS * block.group;
  }

  private void groups(Product p, Block block, Scratch scratch) {
    if (block.groups > 0) {
      groups(p, block, out(p, block), scratch);
    }
  }

  private void groups(Product p, Block block, long out, Scratch scratch) {
    scratch.set(LaneLoop.WORDS, p.lanes().group(block.group));
    scratch.set(LaneLoop.GROUPS, block.groups);
    scratch.set(LaneLoop.OUT, out);
    scratch.call(kernels.lanes(p.weight().type(), block.tokens));
  }
}
