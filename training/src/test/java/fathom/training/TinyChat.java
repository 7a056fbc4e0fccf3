package fathom.training;

import fathom.tensor.WorkerPool;
import fathom.tensor.Workers;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The trained adder of the fixtures, a V3 model of less than a million active parameters with R1's
/// template, and conversations about something else.
final class TinyChat {
  static final Path ADDER = Path.of(System.getProperty("fathom.fixtures"), "models", "adder-v3");
  static final String RECIPE =
      """
      {"steps": 6, "batch": {"sequences": 2, "length": 96, "micro_sequences": 1},
       "schedule": {"learning_rate": 0.001, "warmup_steps": 2},
       "keeping": {"checkpoint_every": 2, "validate_every": 3}}
      """;

  private TinyChat() {}

  static Tokenizer tokenizer() {
    return Tokenizer.open(ADDER);
  }

  static Path conversations(Path folder) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      lines.append(
          "{\"question\": \"What is %d minus %d?\", \"reasoning\": \"%d - %d = %d\", \"answer\": \"%d\"}%n"
              .formatted(i + 9, i % 9, i + 9, i % 9, i + 9 - i % 9, i + 9 - i % 9));
    }
    return Files.writeString(folder.resolve("minus.jsonl"), lines);
  }

  /// Starts a run, or goes on with it, and trains to its end.
  static void tune(Path run, Path data, String recipe, int threads) {
    RunDirectory directory = new RunDirectory(run);
    try (Workers workers = new WorkerPool(threads);
        SupervisedFineTuner tuner = open(directory, data, recipe, workers)) {
      tuner.train((step, steps, line) -> {});
    }
  }

  static SupervisedFineTuner open(RunDirectory run, Path data, String recipe, Workers workers) {
    return run.exists()
        ? SupervisedFineTuner.resume(run, MicroModel.kernels(workers))
        : SupervisedFineTuner.start(
            run,
            new StartingPoint(ADDER, tokenizer()),
            data,
            MicroModel.json(recipe),
            MicroModel.kernels(workers));
  }

  /// For tests that kill: `RUN DATA RECIPE`.
  public static void main(String[] arguments) {
    tune(Path.of(arguments[0]), Path.of(arguments[1]), arguments[2], 1);
  }
}
