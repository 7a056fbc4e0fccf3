package fathom.cli;

import fathom.tensor.Kernels;
import fathom.tensor.x86.InstructionPeaks;
import fathom.tensor.x86.X86Kernels;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What each kernel reaches of what the machine gives, for `bench --roofline`: measured within
/// whole steps, waiting for other threads included.
///
/// A kernel can't be faster than its slowest necessity: weights and stored keys and values come
/// from memory, activations from a cache, and operations take instructions of a class. The one of
/// the three that takes longest at the machine's peaks is the kernel's roof, and its share of the
/// time that the kernel took is what is printed.
final class Roofline implements KernelClock {
  private final Map<String, Kernel> kernels = new LinkedHashMap<>();
  private final Set<InstructionPeaks.Kind> met = EnumSet.noneOf(InstructionPeaks.Kind.class);
  private String phase = "";
  private boolean isCounting;

  /// The calls of one kernel in one phase, added up.
  private static final class Kernel {
    private final String phase;
    private final String name;
    private final Optional<InstructionPeaks.Kind> instructions;
    private long calls;
    private double seconds;
    private double memoryBytes;
    private double activationBytes;
    private double operations;

    Kernel(String phase, String name, Optional<InstructionPeaks.Kind> instructions) {
      this.phase = phase;
      this.name = name;
      this.instructions = instructions;
    }

    void add(KernelCall.Work work, double took) {
      calls++;
      seconds += took;
      memoryBytes += work.memoryBytes();
      activationBytes += work.activationBytes();
      operations += work.operations();
    }

    Bound bound(MachineRoofs roofs) {
      List<Bound> bounds =
          List.of(
              new Bound(operations, roofs.instructions(instructions), "FLOP/s"),
              new Bound(memoryBytes, roofs.memory(), "B/s"),
              new Bound(activationBytes, roofs.cache(), "B/s"));
      return bounds.stream().max(Comparator.comparingDouble(Bound::seconds)).orElseThrow();
    }
  }

  /// What a kernel must do of one sort, and what lets it through.
  private record Bound(double amount, MachineRoofs.Roof roof, String unit) {
    double seconds() {
      return roof.perSecond() == 0 ? 0 : amount / roof.perSecond();
    }
  }

  /// Counts what comes under a phase's name.
  void begin(String newPhase) {
    phase = newPhase;
    isCounting = true;
  }

  /// Counts nothing until the next phase begins.
  void end() {
    isCounting = false;
  }

  @Override
  public void time(Kernels by, KernelCall call, Runnable operation) {
    long start = System.nanoTime();
    operation.run();
    double seconds = (System.nanoTime() - start) * 1e-9;
    Optional<InstructionPeaks.Kind> instructions = instructions(by, call);
    instructions.ifPresent(met::add);
    if (isCounting) {
      kernels
          .computeIfAbsent(
              phase + "\n" + call.name(), key -> new Kernel(phase, call.name(), instructions))
          .add(call.work(), seconds);
    }
  }

  private static Optional<InstructionPeaks.Kind> instructions(Kernels by, KernelCall call) {
    if (!(by instanceof X86Kernels x86) || call.kind() == KernelCall.Kind.ROWS) {
      return Optional.empty();
    }
    KernelCall.Factor factor = call.factor();
    return factor == null
        ? x86.instructions()
        : x86.instructions(factor.weight(), factor.tokens(), factor.isTransposed());
  }

  /// The classes of instructions that were met so far, whether counted or not.
  Set<InstructionPeaks.Kind> instructions() {
    return met;
  }

  private List<Kernel> longestFirst(String ofPhase) {
    List<Kernel> found = new ArrayList<>();
    kernels.values().stream().filter(k -> k.phase.equals(ofPhase)).forEach(found::add);
    found.sort(Comparator.comparingDouble((Kernel k) -> k.seconds).reversed());
    return found;
  }

  private List<String> phases() {
    return kernels.values().stream().map(k -> k.phase).distinct().toList();
  }

  /// A table for each phase.
  void print(PrintWriter out, MachineRoofs roofs) {
    for (String one : phases()) {
      List<Kernel> found = longestFirst(one);
      double all = found.stream().mapToDouble(k -> k.seconds).sum();
      out.printf(
          Locale.ROOT,
          "%n%-34s %6s %6s %9s %9s %14s %14s %-14s %6s%n",
          one,
          "calls",
          "time",
          "bytes",
          "FLOP",
          "reached",
          "peak",
          "of",
          "share");
      for (Kernel kernel : found) {
        Bound bound = kernel.bound(roofs);
        out.printf(
            Locale.ROOT,
            "%-34s %6d %5.1f%% %9s %9s %14s %14s %-14s %5.1f%%%n",
            kernel.name,
            kernel.calls,
            100 * kernel.seconds / all,
            Sizes.bytes((kernel.memoryBytes + kernel.activationBytes) / kernel.calls),
            Sizes.count(kernel.operations / kernel.calls),
            rate(bound.amount / kernel.seconds, bound.unit),
            rate(bound.roof.perSecond(), bound.unit),
            bound.roof.name(),
            100 * bound.seconds() / kernel.seconds);
      }
    }
    out.printf("%nbytes and FLOP: of one call, what it has to move and to compute at least%n");
  }

  private static String rate(double perSecond, String unit) {
    return unit.equals("B/s") ? Sizes.bytes(perSecond) + "/s" : Sizes.count(perSecond) + unit;
  }

  /// The same for programs.
  void describe(ObjectNode node, MachineRoofs roofs) {
    roofs.describe(node.putObject("peaks"));
    ArrayNode rows = node.putArray("roofline");
    for (String one : phases()) {
      for (Kernel kernel : longestFirst(one)) {
        Bound bound = kernel.bound(roofs);
        ObjectNode row = rows.addObject();
        row.put("phase", one);
        row.put("kernel", kernel.name);
        row.put("calls", kernel.calls);
        row.put("seconds", kernel.seconds);
        row.put("memory_bytes_per_call", kernel.memoryBytes / kernel.calls);
        row.put("activation_bytes_per_call", kernel.activationBytes / kernel.calls);
        row.put("operations_per_call", kernel.operations / kernel.calls);
        row.put("unit", bound.unit);
        row.put("reached", bound.amount / kernel.seconds);
        row.put("peak", bound.roof.perSecond());
        row.put("peak_of", bound.roof.name());
        row.put("share", bound.seconds() / kernel.seconds);
      }
    }
  }
}
