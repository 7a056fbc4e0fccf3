package fathom.cli;

import fathom.tensor.Kernels;
import fathom.tensor.Workers;
import fathom.training.SupervisedFineTuner;
import java.io.PrintWriter;
import java.util.Locale;

/// What commands that fine-tune share.
final class FineTuning {
  private FineTuning() {}

  /// Says what is trained, and trains it.
  static void train(SupervisedFineTuner tuner, Kernels kernels, Workers workers, PrintWriter err) {
    err.printf(
        Locale.ROOT,
        "%s parameters learn, %s kernels on %d threads, step %d of %d%s%n",
        Sizes.count((double) tuner.parameters()),
        kernels.name(),
        workers.threads(),
        tuner.step(),
        tuner.recipe().steps(),
        tuner.tooLong() == 0 ? "" : "; " + tuner.tooLong() + " texts are too long");
    try (TrainingProgress progress = new TrainingProgress(err)) {
      tuner.train(progress);
    }
  }
}
