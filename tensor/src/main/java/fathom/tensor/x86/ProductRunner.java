package fathom.tensor.x86;

import fathom.tensor.DType;
import fathom.tensor.WeightMatrix;
import fathom.tensor.Workers;
import java.util.ArrayList;
import java.util.List;

/// Computes lists of products on all workers: first all packing, then all multiplying, so that a
/// step with many small products (experts, heads) waits as seldom as one with a single product.
///
/// Reused from step to step without garbage; one thread at a time.
final class ProductRunner {
  /// Up to so many tokens are multiplied as they come, with 8-bit or float32 activations; more are
  /// worth unpacking the weights to BF16.
  private static final int FEW_TOKENS = 4;

  /// The same where rows are lanes: 16 tokens take half as long as unpacking does.
  private static final int FEW_TOKENS_FOR_LANES = 16;

  /// From so many tokens on, a float32 weight is packed rather than the tokens.
  private static final int MANY_TOKENS = 64;

  private final Workers workers;
  private final KernelSet kernels;
  private final Tier tier;
  private final Precision precision;
  private final Scratch.NativeBuffer packed = new Scratch.NativeBuffer();
  private final LaneWeights laneWeights;
  private final DecodeMethod decode;
  private final LaneMethod lanes;
  private final FloatDotMethod floatDot;
  private final TileMethod tiles;
  private final TokenTileMethod tokenTiles;
  private final TokenTileMethod transposedTiles;
  private final List<Product> products = new ArrayList<>();
  private int count;
  private final Workers.Task packTask = this::pack;
  private final Workers.Task multiplyTask = this::multiply;

  ProductRunner(Workers workers, KernelSet kernels, LaneWeights laneWeights, Precision precision) {
    this.workers = workers;
    this.kernels = kernels;
    this.laneWeights = laneWeights;
    this.tier = kernels.tier();
    this.precision = precision;
    lanes = new LaneMethod(kernels);
    decode = new DecodeMethod(kernels);
    floatDot = new FloatDotMethod(kernels);
    tiles = new TileMethod(kernels);
    tokenTiles = new TokenTileMethod(kernels, false);
    transposedTiles = new TokenTileMethod(kernels, true);
  }

  /// Whether products with this weight can be computed.
  boolean serves(WeightMatrix w) {
    return (BlockReader.reads(w.type()) && w.columns() > 0)
        || FloatDotMethod.serves(tier, w.type(), w.columns());
  }

  /// Begins a new list.
  void start() {
    count = 0;
  }

  /// The next product of the list, to be set.
  Product next() {
    if (count == products.size()) {
      products.add(new Product());
    }
    return products.get(count++);
  }

  /// Whether `y += x w` can be computed with this weight.
  boolean servesTransposed(WeightMatrix w) {
    return tier.multipliesBfloat16()
        && precision == Precision.BFLOAT16
        && RowPacker.packs(w.type())
        && w.rows() > 0
        && w.columns() > 0;
  }

  /// Computes the list: `y = x wᵀ` for each product.
  void run() {
    for (int i = 0; i < count; i++) {
      Product p = products.get(i);
      p.lanes = laneWeights.find(p.weight());
      p.method = method(p);
      p.add = false;
    }
    shareInputs();
    runAll();
  }

  /// Neighbours that multiply the same rows of x, such as the heads of one latent: the first packs
  /// them for all.
  private void shareInputs() {
    for (int i = 0, leader = 0; i < count; i++) {
      Product p = products.get(i);
      Product first = products.get(leader);
      p.isSharing = i > leader && p.method == tokenTiles && p.hasInputOf(first);
      p.sharing = null;
      if (p.isSharing) {
        products.get(i - 1).sharing = p;
      } else {
        leader = i;
      }
    }
  }

  /// Computes `y += x w` for each product, or `y = x w`.
  void runTransposed(boolean add) {
    for (int i = 0; i < count; i++) {
      products.get(i).method = transposedTiles;
      products.get(i).add = add;
      products.get(i).isSharing = false;
      products.get(i).sharing = null;
    }
    runAll();
  }

  private void runAll() {
    int packParts = 0;
    int parts = 0;
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      Product p = products.get(i);
      p.firstPackPart = packParts;
      p.firstPart = parts;
      parts += p.method.parts(p);
      if (i > 0 && packsAlike(products.get(i - 1), p)) {
        p.packed = products.get(i - 1).packed;
        continue;
      }
      p.packed = bytes;
      packParts += p.method.packParts(p);
      bytes += (p.method.packedBytes(p) + 63) / 64 * 64;
    }
    long start = packed.atLeast(bytes);
    for (int i = 0; i < count; i++) {
      products.get(i).packed += start;
    }
    if (packParts <= FEW_TOKENS) {
      for (int part = 0; part < packParts; part++) {
        pack(part);
      }
    } else {
      workers.run(packParts, packTask);
    }
    workers.run(parts, multiplyTask);
  }

  private static boolean packsAlike(Product one, Product other) {
    return one.method == other.method
        && one.hasInputOf(other)
        && other.method.packsAlike(one, other);
  }

  private ProductMethod method(Product p) {
    DType format = p.weight().type();
    if (roundsBoth(p) && tier.multipliesBfloat16() && (tier == Tier.AMX || p.lanes == null)) {
      return format == DType.F32 && p.tokens() >= MANY_TOKENS ? tokenTiles : tiles;
    }
    if (p.lanes != null) {
      return lanes;
    }
    return BlockReader.reads(format) ? decode : floatDot;
  }

  /// Whether both factors may be rounded to BF16.
  private boolean roundsBoth(Product p) {
    DType format = p.weight().type();
    if (format == DType.F32) {
      return precision == Precision.BFLOAT16;
    }
    boolean many = p.tokens() > (p.lanes == null ? FEW_TOKENS : FEW_TOKENS_FOR_LANES);
    return many && (precision != Precision.FLOAT32 || BlockReader.reads(format));
  }

  /// The instructions that products of so many tokens with this weight are made of.
  InstructionPeaks.Kind instructions(WeightMatrix w, int tokens) {
    Product p = new Product();
    p.setShape(w, tokens);
    p.lanes = laneWeights.find(w);
    return method(p).instructions();
  }

  private void pack(int part) {
    int i = count - 1;
    while (products.get(i).firstPackPart > part) {
      i--;
    }
    Product p = products.get(i);
    p.method.pack(p, part - p.firstPackPart, kernels.scratch());
  }

  private void multiply(int part) {
    int i = count - 1;
    while (products.get(i).firstPart > part) {
      i--;
    }
    Product p = products.get(i);
    p.method.multiply(p, part - p.firstPart, kernels.scratch());
  }
}
