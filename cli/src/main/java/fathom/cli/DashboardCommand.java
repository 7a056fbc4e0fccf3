package fathom.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fathom dashboard`: training runs, live, in the browser.
@Command(
    name = "dashboard",
    mixinStandardHelpOptions = true,
    description = "Shows training runs live on a page, and compares them.",
    footer = {
      "",
      "Examples:",
      "  fathom dashboard",
      "  fathom dashboard experiments/ --port 7000",
      "  fathom dashboard runs/books"
    })
final class DashboardCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      defaultValue = "runs",
      description = "A folder of runs, or a run (default: ${DEFAULT-VALUE}).")
  Path folder = Path.of("runs");

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description = "Address to listen on (default: ${DEFAULT-VALUE}: this machine alone).")
  String host = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "7070",
      description = "Port; 0 takes any that is free (default: ${DEFAULT-VALUE}).")
  int port = 7070;

  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!Files.isDirectory(folder)) {
      throw new UsageException("dashboard: expected a folder of runs, found none at " + folder);
    }
    if (port < 0 || port > 65535) {
      throw new UsageException("dashboard: expected a port of 0..65535, found " + port);
    }
    try (Dashboard dashboard = new Dashboard(folder, host, port)) {
      spec.commandLine().getOut().printf("Training runs on %s%n", dashboard.address());
      spec.commandLine().getOut().flush();
      new CountDownLatch(1).await(); // until the process is ended
    }
    return 0;
  }
}
