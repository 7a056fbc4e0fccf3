package fathom.cli;

import fathom.tensor.MachineProbe;
import fathom.tensor.Workers;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.Callable;
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
    MachineProbe probe = new MachineProbe(Workers.serial());
    out.printf("bandwidth %s/s%n", Sizes.bytes(probe.readBytesPerSecond()));
    return 0;
  }

  private static int availableThreads() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static String flags() {
    List<String> arguments = ManagementFactory.getRuntimeMXBean().getInputArguments();
    return String.join(" ", arguments);
  }
}
