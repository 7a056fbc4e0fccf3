package fathom.cli;

import fathom.evaluation.CodeSandbox;
import fathom.evaluation.SandboxLimits;
import fathom.evaluation.SuiteReader;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options of commands that learn from tasks whose answers can be checked.
final class TaskArguments {
  @Option(
      names = "--data",
      paramLabel = "NAME|FILE.jsonl",
      description = "Tasks: generated, names of their families, a file, or a published suite.")
  @Nullable String data;

  @Option(
      names = "--data-folder",
      paramLabel = "DIR",
      defaultValue = "../shared/data",
      description = "Where the published suites lie (default: ${DEFAULT-VALUE}).")
  Path dataFolder = Path.of("");

  /// Reads suites; programs of theirs run in a sandbox.
  SuiteReader suites() {
    return new SuiteReader(dataFolder, () -> CodeSandbox.open(SandboxLimits.usual()));
  }
}
