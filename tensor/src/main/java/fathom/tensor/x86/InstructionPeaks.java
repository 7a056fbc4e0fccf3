package fathom.tensor.x86;

import static fathom.tensor.x86.Register.RCX;
import static fathom.tensor.x86.Register.RDI;

import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Measures how many operations a second this machine does with one class of instructions, all
/// threads together and everything in registers: the roof that a kernel of that class can reach. A
/// multiplication and an addition count as two.
public final class InstructionPeaks {
  /// Classes of instructions, lowest tier first.
  public enum Kind {
    /// Float32 multiply-add, 256 bits.
    FMA_256(Tier.AVX2, 16),
    /// `vpmaddubsw`, `vpmaddwd`, `vpaddd`: 8-bit products without VNNI.
    MADDUBS_256(Tier.AVX2, 64),
    /// `vpdpbusd`, 256 bits.
    VNNI_256(Tier.AVX_VNNI, 64),
    /// Float32 multiply-add, 512 bits.
    FMA_512(Tier.AVX512, 32),
    /// `vpdpbusd`, 512 bits.
    VNNI_512(Tier.AVX512, 128),
    /// `vdpbf16ps`.
    BF16_512(Tier.AVX512, 64),
    /// `tdpbf16ps`.
    TILES_BF16(Tier.AMX, 2 * 16 * 16 * 32),
    /// `tdpbssd`.
    TILES_INT8(Tier.AMX, 2 * 16 * 16 * 64);

    private final Tier tier;
    private final int operations;

    Kind(Tier tier, int operations) {
      this.tier = tier;
      this.operations = operations;
    }

    /// The lowest tier that has the instructions.
    public Tier tier() {
      return tier;
    }

    private boolean isTiles() {
      return tier == Tier.AMX;
    }
  }

  private static final int CHAINS = 12, TILE_CHAINS = 4;
  private static final int REPEATS = 20;
  private static final long ROUNDS = 400_000, TILE_ROUNDS = 40_000;

  private final Workers workers;

  /// Peaks of these threads.
  public InstructionPeaks(Workers workers) {
    this.workers = workers;
  }

  /// Operations a second: the best of a few runs of some milliseconds.
  ///
  /// @throws UnavailableException if this CPU lacks the instructions
  public double operationsPerSecond(Kind kind) {
    CpuFeatures cpu = CpuFeatures.detect();
    if (!kind.tier.isOn(cpu)) {
      throw new UnavailableException(kind + " needs " + String.join("; ", kind.tier.missing(cpu)));
    }
    MachineCode code = new MachineCode(assemble(kind));
    long rounds = kind.isTiles() ? TILE_ROUNDS : ROUNDS;
    double operations = (double) kind.operations * (kind.isTiles() ? TILE_CHAINS : CHAINS) * rounds;
    double best = 0;
    try (Arena arena = Arena.ofShared()) {
      MemorySegment count = arena.allocate(8, 8);
      count.set(ValueLayout.JAVA_LONG, 0, rounds);
      for (int repeat = 0; repeat < REPEATS; repeat++) {
        long start = System.nanoTime();
        workers.run(workers.threads(), part -> code.call(count.address()));
        double seconds = (System.nanoTime() - start) / 1e9;
        best = Math.max(best, operations * workers.threads() / seconds);
      }
    }
    return best;
  }

  /// A loop over independent chains, as many times as the first argument says.
  private static Assembler assemble(Kind kind) {
    Assembler a = new Assembler();
    KernelFrame.enter(a, 64);
    if (kind.isTiles()) {
      TileBlockProduct.configure(a);
      for (int tile = 0; tile < 8; tile++) {
        a.tilezero(new Tile(tile));
      }
    }
    for (int i = 0; i < 16; i++) {
      a.vxorps(Vector.ymm(i), Vector.ymm(i), Vector.ymm(i));
    }
    a.mov(RCX, Memory.at(RDI));
    Label top = new Label();
    a.place(top);
    for (int chain = 0; chain < (kind.isTiles() ? TILE_CHAINS : CHAINS); chain++) {
      link(a, kind, chain);
    }
    a.sub(RCX, 1);
    a.jne(top);
    if (kind.isTiles()) {
      a.tilerelease();
    }
    KernelFrame.leave(a, 64);
    return a;
  }

  private static void link(Assembler a, Kind kind, int chain) {
    Vector y = Vector.ymm(chain);
    Vector z = Vector.zmm(chain);
    Tile sum = new Tile(chain % TILE_CHAINS);
    Tile left = new Tile(TILE_CHAINS + chain % 2);
    Tile right = new Tile(TILE_CHAINS + 2 + chain % 2);
    switch (kind) {
      case FMA_256 -> a.vfmadd231ps(y, Vector.ymm(14), Vector.ymm(15));
      case MADDUBS_256 -> {
        a.vpmaddubsw(Vector.ymm(13), Vector.ymm(14), Vector.ymm(15));
        a.vpmaddwd(Vector.ymm(13), Vector.ymm(13), Vector.ymm(15));
        a.vpaddd(y, y, Vector.ymm(13));
      }
      case VNNI_256 -> a.vpdpbusd(y, Vector.ymm(14), Vector.ymm(15));
      case FMA_512 -> a.vfmadd231ps(z, Vector.zmm(14), Vector.zmm(15));
      case VNNI_512 -> a.vpdpbusdEvex(z, Vector.zmm(14), Vector.zmm(15));
      case BF16_512 -> a.vdpbf16ps(z, Vector.zmm(14), Vector.zmm(15));
      case TILES_BF16 -> a.tdpbf16ps(sum, left, right);
      case TILES_INT8 -> a.tdpbssd(sum, left, right);
    }
  }
}
