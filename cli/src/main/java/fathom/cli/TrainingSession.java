package fathom.cli;

import fathom.tensor.Kernels;
import fathom.tensor.WorkerPool;
import fathom.tensor.Workers;
import fathom.training.Trainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;

/// What all commands that train do once their run is open.
final class TrainingSession {
  /// Begins or resumes a run.
  @FunctionalInterface
  interface Opening {
    /// Opens the trainer, which computes with these kernels.
    Trainer open(Kernels kernels) throws IOException;
  }

  private TrainingSession() {}

  /// Makes the kernels, opens the run, trains it, and returns the command's exit code.
  static int run(KernelArguments arguments, PrintWriter err, Opening opening) throws IOException {
    try (WorkerPool workers = new WorkerPool(arguments.threads())) {
      Kernels kernels = TrainingKernels.of(arguments, workers);
      try (Trainer trainer = opening.open(kernels)) {
        run(trainer, kernels, workers, err);
      }
    }
    return 0;
  }

  /// Says what is trained, and trains it.
  static void run(Trainer trainer, Kernels kernels, Workers workers, PrintWriter err) {
    err.printf(
        Locale.ROOT,
        "%s parameters learn, %s kernels on %d threads, step %d of %d%n",
        Sizes.count((double) trainer.parameters()),
        kernels.name(),
        workers.threads(),
        trainer.step(),
        trainer.steps());
    if (!trainer.remark().isEmpty()) {
      err.println(trainer.remark());
    }
    try (TrainingProgress progress = new TrainingProgress(err)) {
      trainer.train(progress);
    }
  }
}
