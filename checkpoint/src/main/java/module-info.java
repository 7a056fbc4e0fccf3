/// Files to named tensors and back: safetensors and GGUF, memory-mapped. Never knows what a tensor
/// means.
module fathom.checkpoint {
  requires transitive fathom.tensor;
  requires transitive tools.jackson.databind;
  requires static transitive org.jspecify;

  exports fathom.checkpoint;
}
