package fathom.model;

import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.RowMath;

/// A row of numbers for each token (`model.embed_tokens`).
final class TokenEmbedding {
  /// Columns of a part of backward.
  private static final int COLUMNS = 64;

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
      tape.record(() -> backward(tape.kernels(), ids, y));
    }
    return y;
  }

  /// `dWeight[id] += dy` token by token, so that a repeated id gets its sum in a fixed order; a
  /// part of the work is a range of columns.
  private void backward(Kernels kernels, int[] ids, Variable y) {
    Matrix dWeight = weight.gradient();
    if (dWeight == null) {
      return;
    }
    Matrix dy = y.gradient();
    RowMath math = kernels.rows();
    int parts = Math.ceilDiv(dWeight.columns(), COLUMNS);
    kernels
        .workers()
        .run(
            parts,
            part -> {
              int first = part * COLUMNS;
              int count = Math.min(COLUMNS, dWeight.columns() - first);
              long column = 4L * first;
              for (int row = 0; row < ids.length; row++) {
                math.addScaled(
                    1, dy.rowAddress(row) + column, dWeight.rowAddress(ids[row]) + column, count);
              }
            });
  }
}
