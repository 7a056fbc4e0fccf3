package fathom.checkpoint;

import fathom.tensor.DType;
import java.util.List;

/// The tensors of a GGUF file as they are, in other formats.
final class GgufRequantization {
  private final List<PlannedTensor> tensors;

  GgufRequantization(Checkpoint source, QuantizationMix mix) {
    GgufMetadata metadata = source.metadata().orElseThrow();
    String architecture = metadata.text("general.architecture").orElse("none");
    int layers = metadata.count(architecture + ".block_count").orElse(1);
    boolean tied = !source.tensors().containsKey("output.weight");
    tensors =
        source.tensors().values().stream()
            .map(
                tensor -> {
                  TensorSpec spec = new TensorSpec(tensor.name(), DType.F32, tensor.shape());
                  DType type = mix.typeOf(spec, layers, tied);
                  return new PlannedTensor(
                      new TensorSpec(tensor.name(), type, tensor.shape()),
                      Numbers.of(source, tensor));
                })
            .toList();
  }

  List<PlannedTensor> tensors() {
    return tensors;
  }
}
