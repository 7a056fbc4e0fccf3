package fathom.cli;

import fathom.tensor.MachineProbe;
import fathom.tensor.WorkerPool;
import fathom.tensor.x86.Precision;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `fathom doctor`: why is it slow, what serves, what fits.
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Shows the JDK, the CPU, which kernels serve and why, the memory, and what fits.",
    footer = {"", "Examples:", "  fathom doctor"})
final class DoctorCommand implements Callable<Integer> {
  private static final List<Released> MODELS =
      List.of(
          new Released("R1-Distill-Qwen-1.5B Q8_0", 1.9e9),
          new Released("R1-Distill-Qwen-7B Q4_K_M", 4.7e9),
          new Released("R1-Distill-Llama-8B Q4_K_M", 4.9e9),
          new Released("R1-Distill-Qwen-14B Q4_K_M", 9.0e9),
          new Released("V2-Lite Q4_K_M", 10.4e9),
          new Released("R1-Distill-Qwen-32B Q4_K_M", 19.9e9),
          new Released("R1-Distill-Llama-70B Q4_K_M", 42.5e9),
          new Released("V3 and R1 Q4_K_M", 404e9),
          new Released("V3 and R1 FP8", 688e9));

  @Mixin KernelArguments kernelArguments = new KernelArguments();
  @Mixin CommonArguments common = new CommonArguments();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Machine machine = Machine.read();
    out.printf("JDK       %s, %s%n", Runtime.version(), System.getProperty("java.vm.name"));
    out.printf("flags     %s%n", flags());
    out.printf("CPU       %s, %d threads%n", machine.cpu(), availableThreads());
    out.printf("features  %s%n", String.join(" ", machine.features()));
    out.printf(
        "memory    %s, %s available%n",
        Sizes.bytes((double) machine.memoryBytes()),
        Sizes.bytes((double) machine.availableBytes()));
    try (WorkerPool workers = new WorkerPool(kernelArguments.threads())) {
      out.printf("kernels   %s%n", kernelArguments.choose(workers, Precision.MIXED).reason());
      MachineProbe probe = new MachineProbe(workers);
      out.printf("bandwidth %s/s read%n", Sizes.bytes(probe.readBytesPerSecond()));
      out.printf(
          "compute   %sFLOP/s float32 in vectors%n", Sizes.count(probe.floatOperationsPerSecond()));
    }
    out.println("fits      " + fits((double) machine.availableBytes()));
    return 0;
  }

  /// The largest of the released models whose weights fit the memory, and what streams from disk.
  private static String fits(double bytes) {
    return MODELS.stream()
        .filter(model -> model.bytes() < 0.9 * bytes)
        .map(Released::name)
        .collect(Collectors.joining(", "));
  }

  /// A released model in a usual format, with the size of its weights.
  private record Released(String name, double bytes) {}

  private static int availableThreads() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static String flags() {
    List<String> arguments = ManagementFactory.getRuntimeMXBean().getInputArguments();
    return String.join(" ", arguments);
  }
}
