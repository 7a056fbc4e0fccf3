/// Token ids in, logits out; in training, gradients of logits in, gradients of weights out. Never
/// sees text, sampling or HTTP.
module fathom.model {
  requires transitive fathom.tensor;
  requires transitive fathom.checkpoint;
  requires tools.jackson.databind;
  requires static transitive org.jspecify;

  exports fathom.model;
}
