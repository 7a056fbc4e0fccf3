package fathom.cli;

import fathom.evaluation.CodeSandbox;
import fathom.evaluation.SandboxLimits;
import fathom.evaluation.SuiteReader;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// Options of commands that read suites of tasks.
final class SuiteArguments {
  @Option(
      names = "--data-folder",
      paramLabel = "DIR",
      defaultValue = "../shared/data",
      description = "Where the published suites lie (default: ${DEFAULT-VALUE}).")
  Path dataFolder = Path.of("../shared/data");

  /// Reads suites; programs of theirs run in a sandbox.
  SuiteReader reader() {
    return new SuiteReader(dataFolder, () -> CodeSandbox.open(SandboxLimits.usual()));
  }
}
