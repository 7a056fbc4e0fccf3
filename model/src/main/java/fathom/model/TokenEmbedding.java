package fathom.model;

import fathom.tensor.Matrix;

/// A row of numbers for each token (`model.embed_tokens`).
final class TokenEmbedding {
  private final Parameter weight;

  TokenEmbedding(ParameterSet parameters, String name, int vocabularySize, int hiddenSize) {
    this.weight =
        parameters.matrix(name + ".weight", Parameter.Role.EMBEDDING, vocabularySize, hiddenSize);
  }

  /// The table `[vocabulary, hidden]`.
  public Parameter weight() {
    return weight;
  }

  /// The rows of `ids` as `[tokens, hidden]`.
  public Variable forward(Tape tape, int[] ids) {
    Variable y = tape.variable(ids.length, weight.columns());
    tape.kernels().gatherRows(weight.weight(), ids, y.value());
    if (tape.isRecording()) {
      tape.record(() -> backward(ids, y));
    }
    return y;
  }

  /// `dWeight[id] += dy` token by token, so that a repeated id gets its sum in a fixed order.
  private void backward(int[] ids, Variable y) {
    Matrix dWeight = weight.gradient();
    if (dWeight == null) {
      return;
    }
    for (int row = 0; row < ids.length; row++) {
      RowOperations.addScaled(
          1, y.gradient().rowAddress(row), dWeight.rowAddress(ids[row]), dWeight.columns());
    }
  }
}
