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
    return copy(checkpoint, DecoderModel.config(checkpoint), kernels, options, arena);
  }

  /// The same by another configuration of the same shape.
  public static DecoderStack copy(
      Checkpoint checkpoint,
      ModelConfig config,
      Kernels kernels,
      ModelOptions options,
      Arena arena) {
    WeightLayout found = WeightLayout.of(config, checkpoint);
    WeightLayout whole =
        new WeightLayout(
            false, found.draftLayers(), found.ownDraftEmbedding(), found.ownDraftHead());
    ModelWeights weights = new ModelWeights(checkpoint, kernels);
    ParameterSet parameters =
        new ParameterSet(parameter -> weights.copy(parameter, found, config, arena));
    return new DecoderStack(config, whole, options, arena, parameters);
  }

  private void copy(Parameter parameter, WeightLayout found, ModelConfig config, Arena arena) {
    String name = parameter.name();
    if (found.splitKeyValueUp() && name.endsWith("kv_b_proj.weight")) {
      LatentAttentionConfig attention = (LatentAttentionConfig) config.attention();
      try (Arena own = Arena.ofConfined()) {
        Matrix keys = keys(parameter, attention, own);
        Matrix values = values(parameter, attention, own);
        parameter.allocate(arena, DType.F32);
        joinKeyValueUp(parameter.values(), attention, keys, values);
      }
      return;
    }
    WeightMatrix source = new CheckpointBinding(checkpoint).weight(parameter);
    parameter.allocate(arena, DType.F32);
    dequantise(source, parameter.values());
  }

  private void dequantise(WeightMatrix source, Matrix target) {
    int[] rows = new int[source.rows()];
    Arrays.setAll(rows, row -> row);
    kernels.gatherRows(source, rows, target);
  }

  private Matrix keys(Parameter whole, LatentAttentionConfig attention, Arena arena) {
    int rows = attention.heads() * attention.kvLoraRank();
    return flat(sibling(whole, "k_b_proj.weight"), rows, attention.qkNopeHeadDim(), arena);
  }

  private Matrix values(Parameter whole, LatentAttentionConfig attention, Arena arena) {
    int rows = attention.heads() * attention.vHeadDim();
    return flat(sibling(whole, "v_b_proj.weight"), rows, attention.kvLoraRank(), arena);
  }

  private static String sibling(Parameter whole, String name) {
    String prefix = whole.name().substring(0, whole.name().lastIndexOf("kv_b_proj.weight"));
    return prefix + name;
  }

  /// For each head the transposed rows of `k_b_proj`, then the rows of `v_b_proj`.
  private static void joinKeyValueUp(
      Matrix whole, LatentAttentionConfig attention, Matrix keys, Matrix values) {
    int nope = attention.qkNopeHeadDim();
    int v = attention.vHeadDim();
    int latent = attention.kvLoraRank();
    for (int head = 0; head < attention.heads(); head++) {
      Matrix target = whole.rows(head * (nope + v), nope + v);
      for (int row = 0; row < nope; row++) {
        for (int column = 0; column < latent; column++) {
          target.set(row, column, keys.get(head * latent + column, row));
        }
      }
      target.rows(nope, v).copyFrom(values.rows(head * v, v));
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
