package fathom.model;

import fathom.checkpoint.Checkpoint;
import fathom.checkpoint.MalformedCheckpointException;
import fathom.tensor.DType;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;

/// Float32 copies of a checkpoint's weights, for training: whatever format they have in the file,
/// and however it lays them out.
public final class ModelWeights {
  private final Checkpoint checkpoint;
  private final Kernels kernels;

  private ModelWeights(Checkpoint checkpoint, Kernels kernels) {
    this.checkpoint = checkpoint;
    this.kernels = kernels;
  }

  /// The stack of a checkpoint's configuration with float32 weights of its own, in the layout that
  /// training needs. The checkpoint may be closed afterwards.
  ///
  /// @param arena what the weights live as long as
  /// @throws MalformedCheckpointException if a tensor is missing or contradicts the configuration
  public static DecoderStack copy(
      Checkpoint checkpoint, Kernels kernels, ModelOptions options, Arena arena) {
    ModelConfig config = DecoderModel.config(checkpoint);
    WeightLayout found = WeightLayout.of(config, checkpoint);
    WeightLayout whole =
        new WeightLayout(
            false, found.draftLayers(), found.ownDraftEmbedding(), found.ownDraftHead());
    DecoderStack stack = new DecoderStack(config, whole, options, arena);
    stack.parameters().allocate(arena, DType.F32);
    ModelWeights weights = new ModelWeights(checkpoint, kernels);
    for (Parameter parameter : stack.parameters().all()) {
      weights.copy(parameter, found, config);
    }
    return stack;
  }

  private void copy(Parameter parameter, WeightLayout found, ModelConfig config) {
    String name = parameter.name();
    if (found.splitKeyValueUp() && name.endsWith("kv_b_proj.weight")) {
      joinKeyValueUp(parameter, (LatentAttentionConfig) config.attention());
      return;
    }
    CheckpointBinding binding = new CheckpointBinding(checkpoint);
    WeightMatrix source = binding.weight(parameter);
    dequantise(source, parameter.values());
  }

  private void dequantise(WeightMatrix source, Matrix target) {
    int[] rows = new int[source.rows()];
    Arrays.setAll(rows, row -> row);
    kernels.gatherRows(source, rows, target);
  }

  /// For each head the transposed rows of `k_b_proj`, then the rows of `v_b_proj`.
  private void joinKeyValueUp(Parameter whole, LatentAttentionConfig attention) {
    String prefix = whole.name().substring(0, whole.name().length() - "kv_b_proj.weight".length());
    int nope = attention.qkNopeHeadDim();
    int v = attention.vHeadDim();
    int latent = attention.kvLoraRank();
    try (Arena arena = Arena.ofConfined()) {
      Matrix keys = flat(prefix + "k_b_proj.weight", attention.heads() * latent, nope, arena);
      Matrix values = flat(prefix + "v_b_proj.weight", attention.heads() * v, latent, arena);
      for (int head = 0; head < attention.heads(); head++) {
        Matrix target = whole.values().rows(head * (nope + v), nope + v);
        for (int row = 0; row < nope; row++) {
          for (int column = 0; column < latent; column++) {
            target.set(row, column, keys.get(head * latent + column, row));
          }
        }
        target.rows(nope, v).copyFrom(values.rows(head * v, v));
      }
    }
  }

  private Matrix flat(String name, int rows, int columns, Arena arena) {
    Parameter stacked = Parameter.matrix(name, Parameter.Role.MATRIX, rows, columns);
    WeightMatrix source = new CheckpointBinding(checkpoint).weight(stacked);
    Matrix dense = Matrix.allocate(arena, rows, columns);
    dequantise(source, dense);
    return dense;
  }
}
