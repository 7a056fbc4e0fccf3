/// Files to named tensors and back: safetensors and GGUF, memory-mapped. Never knows what a tensor
/// means.
@NullMarked
package fathom.checkpoint;

import org.jspecify.annotations.NullMarked;
