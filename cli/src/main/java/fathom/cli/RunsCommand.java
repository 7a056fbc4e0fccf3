package fathom.cli;

import fathom.training.RunMetrics;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fathom runs`: the training runs in a folder.
@Command(
    name = "runs",
    mixinStandardHelpOptions = true,
    description = "Lists training runs: how far they are, and how good.",
    footer = {"", "Examples:", "  fathom runs", "  fathom runs experiments/"})
final class RunsCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      defaultValue = "runs",
      description = "The folder that the runs are in (default: ${DEFAULT-VALUE}).")
  Path folder = Path.of("runs");

  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<RunMetrics> runs = RunMetrics.in(folder);
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%-28s %-7s %13s %9s %9s %9s %9s %9s%n",
        "run", "kind", "steps", "loss", "val", "bits/byte", "reward", "right");
    for (RunMetrics run : runs) {
      out.printf(
          Locale.ROOT,
          "%-28s %-7s %6d/%6d %9s %9s %9s %9s %9s%n",
          run.path().getFileName(),
          run.kind(),
          run.steps(),
          run.plannedSteps(),
          number(run.last("loss")),
          number(run.last("val_loss")),
          number(run.last("val_bits_per_byte")),
          number(run.last("reward")),
          number(run.last("val_accuracy")));
    }
    return 0;
  }

  private static String number(OptionalDouble value) {
    return value.isEmpty() ? "-" : String.format(Locale.ROOT, "%.4f", value.getAsDouble());
  }
}
