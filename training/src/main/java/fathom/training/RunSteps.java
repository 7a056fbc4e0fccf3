package fathom.training;

import tools.jackson.databind.node.ObjectNode;

/// What a run does again and again.
interface RunSteps {
  /// Does the next step and describes it: the line of `metrics.jsonl`.
  ObjectNode next();

  /// Looks at the model before the first step.
  default void before(JsonLog metrics, JsonLog samples, TrainingListener listener) {}

  /// Lets the model write something, where it is time for that.
  default void sample(JsonLog samples, TrainingListener listener) {}
}
