package fathom.training;

import fathom.tensor.Matrix;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Keeps the books of a run, whatever is trained in it: its state, its logs, its checkpoints.
///
/// A run that is killed at any instant goes on from its last checkpoint and comes to the same
/// weights and metrics, bit for bit: everything that a step depends on is in the checkpoint or
/// follows from the seed and the number of the step.
final class RunJournal {
  private final RunDirectory run;
  private final TrainedModel model;
  private final Tokenizer tokenizer;
  private final Map<String, Matrix> tensors;
  private final int keepLast;
  private RunState state = RunState.start();

  /// @param tensors everything but the weights that a step depends on
  /// @param keepLast newest checkpoints that are kept, beside the best
  RunJournal(
      RunDirectory run,
      TrainedModel model,
      Tokenizer tokenizer,
      Map<String, Matrix> tensors,
      int keepLast) {
    this.run = run;
    this.model = model;
    this.tokenizer = tokenizer;
    this.tensors = tensors;
    this.keepLast = keepLast;
  }

  /// Where the run stands.
  RunState state() {
    return state;
  }

  /// A step is done.
  void advance(int sequences, long tokens) {
    state = state.advanced(sequences, tokens);
  }

  /// The weights were moved.
  void updated() {
    state = state.updated();
  }

  /// The model was measured; lower is better.
  void validated(double loss) {
    state = state.validated(loss);
  }

  /// Puts the run back to where a checkpoint was written.
  void restore(Path checkpoint) {
    state = RunCheckpoint.readState(checkpoint);
    RunCheckpoint.readTensors(checkpoint, tensors);
    try {
      run.link(state);
    } catch (IOException e) {
      throw new TrainingException("cannot write " + run.checkpoints(), e);
    }
  }

  /// Does steps until the last one, or until the listener stops the run.
  ///
  /// @throws TrainingException if a file cannot be written; the last checkpoint stays as it is
  void run(int steps, int checkpointEvery, RunSteps work, TrainingListener listener) {
    try (JsonLog metrics = new JsonLog(run.metrics(), state.metricsBytes());
        JsonLog samples = new JsonLog(run.samples(), state.samplesBytes())) {
      if (state.step() == 0) {
        work.before(metrics, samples, listener);
      }
      boolean stopped = false;
      while (state.step() < steps && !stopped) {
        ObjectNode line = work.next();
        metrics.append(line);
        listener.stepped(state.step(), steps, line);
        work.sample(samples, listener);
        stopped = listener.stops();
        state = state.logged(metrics.size(), samples.size());
        if (stopped || isDue(checkpointEvery, steps)) {
          metrics.force();
          samples.force();
          checkpoint();
        }
      }
    }
  }

  /// Whether something done every so many steps is to be done now; always after the last step.
  boolean isDue(int every, int steps) {
    return state.step() % every == 0 || state.step() == steps;
  }

  /// Writes a checkpoint of the run as it stands.
  ///
  /// @throws TrainingException if it cannot be written, or the run is no longer there
  void checkpoint() {
    if (!run.isBegun()) {
      throw new TrainingException(
          run.path() + ": expected the run that was begun there, found it removed");
    }
    try {
      Files.createDirectories(run.checkpoints());
      Path partial = run.beginCheckpoint(state.step());
      RunCheckpoint.write(partial, model, tokenizer, tensors, state);
      run.finishCheckpoint(partial, state, keepLast);
    } catch (IOException e) {
      throw new TrainingException("cannot write a checkpoint to " + run.checkpoints(), e);
    }
  }

  /// @throws TrainingException if a value is no number
  void requireFinite(double value, String what) {
    if (!Double.isFinite(value)) {
      throw new TrainingException(
          "step %d: expected a finite %s, found %s; the last good checkpoint is %s"
              .formatted(state.step() + 1, what, value, run.newest().orElse(run.checkpoints())));
    }
  }
}
