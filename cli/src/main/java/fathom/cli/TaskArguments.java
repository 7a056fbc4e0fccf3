package fathom.cli;

import fathom.evaluation.SuiteReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Options of commands that learn from tasks whose answers can be checked.
final class TaskArguments {
  @Option(
      names = "--data",
      paramLabel = "NAME|FILE.jsonl",
      description = "Tasks: generated, names of their families, a file, or a published suite.")
  @Nullable String data;

  @Mixin SuiteArguments suiteArguments = new SuiteArguments();

  /// Reads suites; programs of theirs run in a sandbox.
  SuiteReader suites() {
    return suiteArguments.reader();
  }
}
