/// HTTP in, streams out: the APIs and the chat page. Never sees a kernel or a gradient.
module fathom.server {
  requires transitive fathom.tensor;
  requires transitive fathom.tokenizer;
  requires transitive fathom.model;
  requires transitive fathom.generation;
  requires tools.jackson.databind;
  requires static transitive org.jspecify;
}
