package fathom.tensor.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What this CPU and system allow, and why the rest is missing.
///
/// `cpuid` and `xgetbv` are assembled and run like any kernel. Tests switch features off with the
/// system property `fathom.cpu.off`, a comma-separated list (`amx_int8,avx512_vnni`), or `all`.
public final class CpuFeatures {
  /// Instruction sets that kernels need.
  public enum Feature {
    AVX2,
    FMA,
    F16C,
    AVX_VNNI,
    /// Foundation, byte/word and vector-length extensions together.
    AVX512,
    AVX512_VNNI,
    AVX512_BF16,
    AMX_TILE,
    AMX_BF16,
    AMX_INT8
  }

  private static final String OFF_PROPERTY = "fathom.cpu.off";
  private static final int ARCH_PRCTL = 158;
  private static final int ARCH_REQ_XCOMP_PERM = 0x1023;
  private static final int XFEATURE_XTILEDATA = 18;
  private static final int AVX_STATE = 0x6, AVX512_STATE = 0xe6, AMX_STATE = 0x60000;

  private final Set<Feature> present;
  private final Map<Feature, String> missing;

  private CpuFeatures(Set<Feature> present, Map<Feature, String> missing) {
    this.present = present;
    this.missing = missing;
  }

  /// Asks the CPU and the system; takes the permission to use AMX tiles if there is one to take.
  ///
  /// @throws UnavailableException if machine code can't be run here at all
  public static CpuFeatures detect() {
    String off = System.getProperty(OFF_PROPERTY, "");
    String system = System.getProperty("os.name", "");
    String architecture = System.getProperty("os.arch", "");
    if (off.equals("all")) {
      throw new UnavailableException("switched off by " + OFF_PROPERTY);
    }
    if (!architecture.equals("amd64") || !system.equals("Linux")) {
      throw new UnavailableException(
          "machine code is for Linux on x86-64, this is %s on %s".formatted(system, architecture));
    }
    Probe probe = Probe.run();
    Set<Feature> present = EnumSet.noneOf(Feature.class);
    Map<Feature, String> missing = new LinkedHashMap<>();
    Set<String> switchedOff = Set.of(off.toLowerCase(Locale.ROOT).split(",", -1));
    for (Feature feature : Feature.values()) {
      Optional<String> reason =
          switchedOff.contains(feature.name().toLowerCase(Locale.ROOT))
              ? Optional.of("switched off by " + OFF_PROPERTY)
              : probe.reasonAgainst(feature);
      reason.ifPresentOrElse(r -> missing.put(feature, r), () -> present.add(feature));
    }
    return new CpuFeatures(present, missing);
  }

  /// These features without `feature` and without what builds on it.
  public CpuFeatures without(Feature feature) {
    Set<Feature> fewer = EnumSet.copyOf(present);
    Map<Feature, String> more = new LinkedHashMap<>(missing);
    fewer.remove(feature);
    more.put(feature, "switched off");
    return new CpuFeatures(fewer, more);
  }

  /// Whether all of `features` can be used.
  public boolean has(Feature... features) {
    return present.containsAll(Set.of(features));
  }

  /// Why a feature can't be used; empty if it can.
  public Optional<String> reasonAgainst(Feature feature) {
    return Optional.ofNullable(missing.get(feature));
  }

  @Override
  public String toString() {
    return present + " without " + missing;
  }

  /// The answers of `cpuid` leaves 1, 7.0 and 7.1 and of `xgetbv`.
  private record Probe(Leaf leaf1, Leaf leaf7, Leaf leaf71, long xcr0) {
    private record Leaf(int eax, int ebx, int ecx, int edx) {}

    static Probe run() {
      MachineCode cpuid = new MachineCode(cpuidCode());
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment place = arena.allocate(32, 8);
        int leaves = leaf(cpuid, place, 0, 0).eax();
        Leaf leaf1 = leaf(cpuid, place, 1, 0);
        Leaf none = new Leaf(0, 0, 0, 0);
        Leaf leaf7 = leaves >= 7 ? leaf(cpuid, place, 7, 0) : none;
        Leaf leaf71 = leaf7.eax() >= 1 ? leaf(cpuid, place, 7, 1) : none;
        boolean osxsave = (leaf1.ecx() & (1 << 27)) != 0;
        long xcr0 = osxsave ? new MachineCode(xgetbvCode()).call(0) : 0;
        return new Probe(leaf1, leaf7, leaf71, xcr0);
      }
    }

    private static Leaf leaf(MachineCode cpuid, MemorySegment place, int leaf, int subleaf) {
      place.set(ValueLayout.JAVA_INT, 0, leaf);
      place.set(ValueLayout.JAVA_INT, 4, subleaf);
      cpuid.call(place.address());
      return new Leaf(
          place.get(ValueLayout.JAVA_INT, 0),
          place.get(ValueLayout.JAVA_INT, 4),
          place.get(ValueLayout.JAVA_INT, 8),
          place.get(ValueLayout.JAVA_INT, 12));
    }

    /// Reads leaf and subleaf from [rdi], writes eax, ebx, ecx, edx there.
    private static Assembler cpuidCode() {
      Assembler a = new Assembler();
      a.push(Register.RBX);
      a.mov32(Register.RAX, Memory.at(Register.RDI));
      a.mov32(Register.RCX, Memory.at(Register.RDI, 4));
      a.cpuid();
      a.mov32(Memory.at(Register.RDI), Register.RAX);
      a.mov32(Memory.at(Register.RDI, 4), Register.RBX);
      a.mov32(Memory.at(Register.RDI, 8), Register.RCX);
      a.mov32(Memory.at(Register.RDI, 12), Register.RDX);
      a.pop(Register.RBX);
      a.ret();
      return a;
    }

    private static Assembler xgetbvCode() {
      Assembler a = new Assembler();
      a.mov(Register.RCX, 0);
      a.xgetbv();
      a.shl(Register.RDX, 32);
      a.or(Register.RAX, Register.RDX);
      a.ret();
      return a;
    }

    Optional<String> reasonAgainst(Feature feature) {
      return switch (feature) {
        case AVX2 -> needs(bit(leaf7.ebx, 5) && bit(leaf1.ecx, 28), AVX_STATE);
        case FMA -> needs(bit(leaf1.ecx, 12), AVX_STATE);
        case F16C -> needs(bit(leaf1.ecx, 29), AVX_STATE);
        case AVX_VNNI -> needs(bit(leaf71.eax, 4), AVX_STATE);
        case AVX512 ->
            needs(
                bit(leaf7.ebx, 16)
                    && bit(leaf7.ebx, 17)
                    && bit(leaf7.ebx, 30)
                    && bit(leaf7.ebx, 31),
                AVX512_STATE);
        case AVX512_VNNI -> needs(bit(leaf7.ecx, 11), AVX512_STATE);
        case AVX512_BF16 -> needs(bit(leaf71.eax, 5), AVX512_STATE);
        case AMX_TILE -> needs(bit(leaf7.edx, 24), AMX_STATE).or(Probe::refusedTiles);
        case AMX_BF16 -> needs(bit(leaf7.edx, 22), AMX_STATE).or(Probe::refusedTiles);
        case AMX_INT8 -> needs(bit(leaf7.edx, 25), AMX_STATE).or(Probe::refusedTiles);
      };
    }

    private Optional<String> needs(boolean inCpu, long state) {
      if (!inCpu) {
        return Optional.of("the CPU lacks it");
      }
      return (xcr0 & state) == state
          ? Optional.empty()
          : Optional.of("the system does not save its registers");
    }

    private static Optional<String> refusedTiles() {
      long result =
          ExecutableMemory.systemCall(ARCH_PRCTL, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA);
      return result == 0
          ? Optional.empty()
          : Optional.of("the system refuses the tile registers (arch_prctl)");
    }

    private static boolean bit(int word, int index) {
      return (word & (1 << index)) != 0;
    }
  }
}
