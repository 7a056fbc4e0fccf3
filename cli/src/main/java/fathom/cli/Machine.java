package fathom.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// What the operating system tells of the machine: its CPU, its memory.
///
/// @param cpu model name of the processor, or its architecture
/// @param features flags of the processor that kernels look for, in alphabetical order
/// @param memoryBytes physical memory, or what the container is allowed
/// @param availableBytes memory that can be had without swapping
record Machine(String cpu, List<String> features, long memoryBytes, long availableBytes) {
  private static final Set<String> TOLD =
      Set.of(
          "avx2",
          "fma",
          "f16c",
          "avx_vnni",
          "avx512f",
          "avx512bw",
          "avx512vl",
          "avx512_vnni",
          "avx512_bf16",
          "avx512_fp16",
          "amx_tile",
          "amx_int8",
          "amx_bf16",
          "asimd",
          "asimddp",
          "sve",
          "i8mm",
          "bf16");

  /// Reads `/proc` where it exists, and what the JVM knows elsewhere.
  static Machine read() {
    List<String> cpuLines = lines(Path.of("/proc/cpuinfo"));
    String model = value(cpuLines, "model name");
    Set<String> features = new TreeSet<>(Arrays.asList(value(cpuLines, "flags").split(" ")));
    features.addAll(Arrays.asList(value(cpuLines, "Features").split(" ")));
    features.retainAll(TOLD);
    List<String> memory = lines(Path.of("/proc/meminfo"));
    long total = kibibytes(memory, "MemTotal");
    long available = kibibytes(memory, "MemAvailable");
    long jvmTotal = jvmMemory();
    return new Machine(
        model.isEmpty() ? System.getProperty("os.arch") : model,
        List.copyOf(features),
        total == 0 ? jvmTotal : Math.min(total, jvmTotal),
        available == 0 ? jvmTotal : Math.min(available, jvmTotal));
  }

  private static long jvmMemory() {
    // honours a container's limit, which /proc/meminfo does not
    var bean = java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    return bean instanceof com.sun.management.OperatingSystemMXBean os
        ? os.getTotalMemorySize()
        : Runtime.getRuntime().maxMemory();
  }

  private static List<String> lines(Path path) {
    try {
      return Files.isReadable(path) ? Files.readAllLines(path) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String value(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .orElse("");
  }

  private static long kibibytes(List<String> lines, String key) {
    String value = value(lines, key);
    return value.isEmpty() ? 0 : Long.parseLong(value.replace(" kB", "")) << 10;
  }
}
