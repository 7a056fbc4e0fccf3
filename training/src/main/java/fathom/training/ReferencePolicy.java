package fathom.training;

import fathom.model.DecoderStack;
import fathom.model.ModelOptions;
import fathom.model.Parameter;
import fathom.model.TokenScores;
import fathom.model.TrainingBatch;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.model.WeightLayout;
import fathom.tensor.DType;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import java.util.LinkedHashMap;
import java.util.Map;

/// The policy that the one in training is not to go far from: a copy of its weights at some time.
final class ReferencePolicy implements AutoCloseable {
  private final TrainedModel model;
  private final DecoderStack stack;
  private final TrainingPass pass;

  /// A copy of a model as it is now.
  ReferencePolicy(TrainedModel model, Kernels kernels) {
    this.model = model;
    // Multi-token prediction has no say in what the policy is.
    WeightLayout layout = new WeightLayout(false, 0, false, false);
    stack = new DecoderStack(model.config(), layout, ModelOptions.defaults(), model.arena());
    stack.parameters().allocate(model.arena(), DType.F32);
    pass = new TrainingPass(stack, kernels, TrainingOptions.plain());
    refresh();
  }

  /// Becomes the policy as it is now.
  void refresh() {
    for (Parameter parameter : stack.parameters().all()) {
      Parameter now = model.parameters().find(parameter.name()).orElseThrow();
      parameter.values().copyFrom(now.values());
    }
  }

  /// The log-probabilities of a batch's targets.
  TokenScores score(TrainingBatch batch) {
    return pass.score(batch);
  }

  /// The weights by name, for a checkpoint.
  Map<String, Matrix> tensors() {
    Map<String, Matrix> tensors = new LinkedHashMap<>();
    for (Parameter parameter : stack.parameters().all()) {
      tensors.put("reference." + parameter.name(), parameter.values());
    }
    return tensors;
  }

  @Override
  public void close() {
    pass.close();
  }
}
