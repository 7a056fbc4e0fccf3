package fathom.cli;

import fathom.tensor.Kernels;
import fathom.tensor.Workers;
import fathom.training.Trainer;
import java.io.PrintWriter;
import java.util.Locale;

/// What all commands that train do once their run is open.
final class TrainingSession {
  private TrainingSession() {}

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
