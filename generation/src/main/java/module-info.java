/// Logits in, tokens over time out, for many users at once. Never sees HTTP or the JSON of the API.
module fathom.generation {
  requires transitive fathom.tensor;
  requires transitive fathom.checkpoint;
  requires transitive fathom.tokenizer;
  requires transitive fathom.model;
  requires tools.jackson.databind;
  requires static transitive org.jspecify;

  exports fathom.generation;
}
