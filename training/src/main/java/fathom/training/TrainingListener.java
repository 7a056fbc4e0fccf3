package fathom.training;

import tools.jackson.databind.node.ObjectNode;

/// Looks on while a model is trained.
public interface TrainingListener {
  /// A step is done.
  ///
  /// @param metrics the line of `metrics.jsonl`
  void stepped(int step, int steps, ObjectNode metrics);

  /// The model has written something.
  default void sampled(int step, String text) {}

  /// Asked after each step whether to stop there; a checkpoint is written first.
  default boolean stops() {
    return false;
  }
}
