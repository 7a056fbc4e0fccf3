package fathom.model;

import fathom.tensor.Matrix;
import org.jspecify.annotations.Nullable;

/// A value on a [Tape]: a matrix `[tokens, width]`, and in training its gradient, of the same size,
/// zero until backward adds to it.
///
/// The tape owns variables and hands out the same ones in every step.
final class Variable {
  private enum View {
    NONE,
    COLUMNS,
    ROWS,
    RESHAPED
  }

  private final Tape tape;
  private @Nullable Matrix value;
  private @Nullable Matrix gradient;
  private @Nullable Variable source;
  private @Nullable Matrix viewed;
  private View view = View.NONE;
  private int first;

  Variable(Tape tape) {
    this.tape = tape;
  }

  Variable set(Matrix newValue) {
    value = newValue;
    source = null;
    viewed = null;
    gradient = null;
    return this;
  }

  Variable setColumns(Variable of, int firstColumn, int count) {
    Matrix matrix = of.value();
    if (!isView(matrix, View.COLUMNS, firstColumn) || value().columns() != count) {
      value = matrix.columns(firstColumn, count);
    }
    return setView(of, matrix, View.COLUMNS, firstColumn);
  }

  Variable setRows(Variable of, int firstRow, int count) {
    Matrix matrix = of.value();
    if (!isView(matrix, View.ROWS, firstRow) || value().rows() != count) {
      value = matrix.rows(firstRow, count);
    }
    return setView(of, matrix, View.ROWS, firstRow);
  }

  Variable setReshaped(Variable of, int rows, int columns) {
    Matrix matrix = of.value();
    assert matrix.stride() == matrix.columns() : matrix;
    assert (long) rows * columns == (long) matrix.rows() * matrix.columns() : matrix;
    if (!isView(matrix, View.RESHAPED, 0) || value().columns() != columns) {
      value = Matrix.of(matrix.segment(), rows, columns);
    }
    return setView(of, matrix, View.RESHAPED, 0);
  }

  private boolean isView(Matrix of, View kind, int from) {
    return viewed == of && view == kind && first == from;
  }

  private Variable setView(Variable of, Matrix matrix, View kind, int from) {
    source = of;
    viewed = matrix;
    view = kind;
    first = from;
    gradient = null;
    return this;
  }

  /// The numbers.
  public Matrix value() {
    if (value == null) {
      throw new IllegalStateException("variable: expected a value, found none");
    }
    return value;
  }

  /// The gradient of the loss with respect to the value; to be added to.
  public Matrix gradient() {
    if (gradient == null) {
      gradient = source == null ? ownGradient() : viewedGradient(source.gradient());
    }
    return gradient;
  }

  private Matrix ownGradient() {
    return tape.gradientMatrix(rows(), columns());
  }

  private Matrix viewedGradient(Matrix of) {
    return switch (view) {
      case NONE -> of;
      case COLUMNS -> of.columns(first, columns());
      case ROWS -> of.rows(first, rows());
      case RESHAPED -> Matrix.of(of.segment(), rows(), columns());
    };
  }

  /// Rows: tokens.
  public int rows() {
    return value().rows();
  }

  /// Columns.
  public int columns() {
    return value().columns();
  }
}
