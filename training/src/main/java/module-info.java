/// Data in, weights out: pre-training, fine-tuning, reinforcement learning, distillation. Never
/// sees HTTP.
module fathom.training {
  requires transitive fathom.tensor;
  requires transitive fathom.checkpoint;
  requires transitive fathom.tokenizer;
  requires transitive fathom.model;
  requires transitive fathom.generation;
  requires transitive fathom.evaluation;
  requires tools.jackson.databind;
  requires java.sql;
  requires static transitive org.jspecify;

  exports fathom.training;
}
