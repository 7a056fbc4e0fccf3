package fathom.tensor.x86;

import fathom.tensor.DType;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// The assembled kernels of one tier, each assembled when it is first needed.
final class KernelSet {
  /// Rows and tokens that a kernel takes at a time.
  private static final int SHAPES = 32;

  private static final int FORMATS = DType.values().length;

  private final Tier tier;
  private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);
  private final AtomicReferenceArray<MachineCode> quantize = codes(FORMATS);
  private final AtomicReferenceArray<MachineCode> laneQuantize = codes(FORMATS);
  private final AtomicReferenceArray<MachineCode> lanes = codes(FORMATS * SHAPES);
  private final AtomicReferenceArray<MachineCode> laneUnpack = codes(FORMATS);
  private final AtomicReferenceArray<MachineCode> decode = codes(FORMATS * SHAPES);
  private final AtomicReferenceArray<MachineCode> floatDot = codes(FORMATS * SHAPES);
  private final AtomicReferenceArray<MachineCode> unpack = codes(FORMATS);
  private final AtomicReferenceArray<MachineCode> unpackSideBySide = codes(FORMATS);
  private final AtomicReferenceArray<MachineCode> tiles = codes(SHAPES);
  private final AtomicReferenceArray<MachineCode> interleave = codes(FORMATS);
  private final AtomicReferenceArray<MachineCode> single = codes(6);

  KernelSet(Tier tier) {
    this.tier = tier;
  }

  private static AtomicReferenceArray<MachineCode> codes(int count) {
    return new AtomicReferenceArray<>(count);
  }

  Tier tier() {
    return tier;
  }

  /// The calling thread's memory.
  Scratch scratch() {
    return scratch.get();
  }

  /// Address of all F16 numbers as float32.
  static long halves() {
    return HalfTable.SHARED.address();
  }

  private interface Source {
    Assembler assemble();
  }

  private static MachineCode get(
      AtomicReferenceArray<MachineCode> codes, int index, Source source) {
    codes.compareAndSet(index, null, new MachineCode(source.assemble()));
    return codes.get(index);
  }

  @SuppressWarnings("EnumOrdinal") // an index of a table, nothing that is stored
  private static int index(DType format) {
    return format.ordinal();
  }

  private static int shape(DType format, int rows, int tokens) {
    return index(format) * SHAPES + rows * 5 + tokens;
  }

  MachineCode quantize(DType format) {
    MachineCode code = quantize.get(index(format));
    return code != null
        ? code
        : get(
            quantize,
            index(format),
            () -> new QuantizeKernel(ActivationLayout.of(format)).assemble());
  }

  MachineCode quantizeForLanes(DType format) {
    MachineCode code = laneQuantize.get(index(format));
    return code != null
        ? code
        : get(
            laneQuantize,
            index(format),
            () -> new QuantizeKernel(ActivationLayout.ofLanes(format)).assemble());
  }

  /// Products of weights whose rows are lanes.
  MachineCode lanes(DType format, int tokens) {
    int index = shape(format, 0, tokens);
    MachineCode code = lanes.get(index);
    return code != null
        ? code
        : get(
            lanes,
            index,
            () ->
                tier.atLeast(Tier.AVX512)
                    ? new LaneKernel(format, tokens).assemble()
                    : new NarrowLaneKernel(format, tier, tokens).assemble());
  }

  /// Rows that were lanes, turned back to rows but for their odd values, to tiles.
  MachineCode unpackLanes(DType format) {
    MachineCode code = laneUnpack.get(index(format));
    return code != null
        ? code
        : get(
            laneUnpack,
            index(format),
            () -> new UnpackKernel(format, LaneForm.of(format)).assemble());
  }

  MachineCode decode(DType format, int rows, int tokens) {
    int index = shape(format, rows, tokens);
    MachineCode code = decode.get(index);
    return code != null
        ? code
        : get(decode, index, () -> new DecodeKernel(format, tier, rows, tokens).assemble());
  }

  MachineCode floatDot(DType format, int rows, int tokens) {
    int index = shape(format, rows, tokens);
    MachineCode code = floatDot.get(index);
    return code != null
        ? code
        : get(floatDot, index, () -> new FloatDotKernel(format, tier, rows, tokens).assemble());
  }

  /// Rows of a block format or of plain numbers to tiles.
  MachineCode unpack(DType format) {
    MachineCode code = unpack.get(index(format));
    return code != null
        ? code
        : get(unpack, index(format), () -> unpacking(format, TileKernel.TILE_BYTES));
  }

  /// The same to every second tile: two panels lie side by side.
  MachineCode unpackSideBySide(DType format) {
    MachineCode code = unpackSideBySide.get(index(format));
    return code != null
        ? code
        : get(unpackSideBySide, index(format), () -> unpacking(format, 2 * TileKernel.TILE_BYTES));
  }

  private static Assembler unpacking(DType format, int tileStep) {
    return BlockReader.reads(format)
        ? new UnpackKernel(format, tileStep).assemble()
        : new PackKernel(format, tileStep).assemble();
  }

  MachineCode tiles(int aPanels, int bPanels) {
    int index = aPanels * 4 + bPanels;
    MachineCode code = tiles.get(index);
    return code != null
        ? code
        : get(tiles, index, () -> new TileKernel(tier, aPanels, bPanels).assemble());
  }

  MachineCode interleave(DType format) {
    MachineCode code = interleave.get(index(format));
    return code != null
        ? code
        : get(interleave, index(format), () -> new InterleaveKernel(format).assemble());
  }

  MachineCode softmax() {
    MachineCode code = single.get(0);
    return code != null ? code : get(single, 0, () -> new SoftmaxKernel().assemble());
  }

  MachineCode attentionGradient() {
    MachineCode code = single.get(4);
    return code != null ? code : get(single, 4, () -> new AttentionGradientKernel().assemble());
  }

  MachineCode combine(boolean add) {
    int index = add ? 2 : 3;
    MachineCode code = single.get(index);
    return code != null ? code : get(single, index, () -> new CombineKernel(add).assemble());
  }

  MachineCode siluMul() {
    MachineCode code = single.get(5);
    return code != null ? code : get(single, 5, () -> new SiluMulKernel().assemble());
  }

  MachineCode transpose() {
    MachineCode code = single.get(1);
    return code != null ? code : get(single, 1, TransposeKernel::assemble);
  }
}
