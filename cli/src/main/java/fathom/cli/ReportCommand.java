package fathom.cli;

import fathom.training.RunMetrics;
import fathom.training.RunReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fathom report`: a training run as one HTML page.
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = "Writes one HTML page with a run's curves, expert loads and samples.",
    footer = {
      "",
      "Examples:",
      "  fathom report runs/books",
      "  fathom report runs/books --out books.html"
    })
final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "RUN", description = "The run's directory.")
  Path run = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where the page goes (default: report.html in the run).")
  @Nullable Path out;

  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    String page = new RunReport(RunMetrics.of(run)).html();
    Path file = out == null ? run.resolve("report.html") : out;
    Files.writeString(file, page);
    spec.commandLine().getErr().printf("Wrote %s.%n", file);
    return 0;
  }
}
