package fathom.cli;

import fathom.tensor.MachineProbe;
import fathom.tensor.Workers;
import fathom.tensor.x86.InstructionPeaks;
import fathom.tensor.x86.UnavailableException;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// What the machine gives at most: memory, caches, and the classes of instructions that kernels are
/// made of. Each is the best of all times that it was measured, because machines are shared;
/// memory, which changes most, is the best of medians.
final class MachineRoofs {
  /// One limit: its name and what it lets through in a second, bytes or operations.
  record Roof(String name, double perSecond) {}

  private final MachineProbe probe;
  private final InstructionPeaks peaks;
  private final Map<InstructionPeaks.Kind, Double> instructions =
      new EnumMap<>(InstructionPeaks.Kind.class);
  private double memory;
  private double cache;
  private double vectors;

  /// @param weights memory that products read
  MachineRoofs(Workers workers, List<MemorySegment> weights) {
    probe = new MachineProbe(workers, weights);
    peaks = new InstructionPeaks(workers);
  }

  /// Measures again what kernels of these classes can reach.
  void measure(Set<InstructionPeaks.Kind> kinds) {
    memory = Math.max(memory, probe.readBytesPerSecond());
    cache = Math.max(cache, probe.cachedBytesPerSecond());
    vectors = Math.max(vectors, probe.floatOperationsPerSecond());
    for (InstructionPeaks.Kind kind : kinds) {
      instructions.merge(kind, peak(kind), Math::max);
    }
  }

  /// AVX-512 has the 256-bit form of an instruction even where the CPU lacks its older encoding.
  private double peak(InstructionPeaks.Kind kind) {
    try {
      return peaks.operationsPerSecond(kind);
    } catch (UnavailableException e) {
      if (kind == InstructionPeaks.Kind.VNNI_256) {
        return peaks.operationsPerSecond(InstructionPeaks.Kind.VNNI_512);
      }
      throw e;
    }
  }

  Roof memory() {
    return new Roof("memory", memory);
  }

  Roof cache() {
    return new Roof("cache", cache);
  }

  /// Of a class of machine instructions, or, where Java's compiler chose them, of float32 vectors.
  Roof instructions(Optional<InstructionPeaks.Kind> kind) {
    return kind.map(k -> new Roof(name(k), instructions.getOrDefault(k, 0.0)))
        .orElseGet(() -> new Roof("fma vector api", vectors));
  }

  private static String name(InstructionPeaks.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  void describe(ObjectNode node) {
    node.put("memory_bytes_per_second", memory);
    node.put("cache_bytes_per_second", cache);
    node.put("fma_vector_api_per_second", vectors);
    instructions.forEach(
        (kind, peak) -> node.put(kind.name().toLowerCase(Locale.ROOT) + "_per_second", peak));
  }
}
