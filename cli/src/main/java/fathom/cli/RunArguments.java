package fathom.cli;

import fathom.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options of all commands that train: which run is begun or gone on with.
final class RunArguments {
  @Option(names = "--out", paramLabel = "RUN", description = "The run's directory.")
  @Nullable Path out;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      arity = "0..1",
      fallbackValue = "",
      description = "Goes on with a run: this one, or that of --out.")
  @Nullable String resume;

  /// The run that `--resume` names, or with nothing after it `--out`; null without that option.
  @Nullable RunDirectory resumed() {
    if (resume == null) {
      return null;
    }
    if (!resume.isEmpty()) {
      return new RunDirectory(Path.of(resume));
    }
    if (out == null) {
      throw new UsageException("--resume: expected a run");
    }
    return new RunDirectory(out);
  }

  /// Whether there is a place for a new run.
  boolean hasPlace() {
    return out != null;
  }

  /// A new run in `--out`, which exists from here on.
  ///
  /// @throws UsageException if there is no `--out`, or if it has a run already
  RunDirectory begin() throws IOException {
    if (out == null) {
      throw new UsageException("--out: expected a directory for the run");
    }
    RunDirectory run = new RunDirectory(out);
    if (run.exists()) {
      throw new UsageException(out + ": has a run already; go on with it by --resume " + out);
    }
    Files.createDirectories(out);
    return run;
  }
}
