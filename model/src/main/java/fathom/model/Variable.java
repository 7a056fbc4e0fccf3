package fathom.model;

import fathom.tensor.Matrix;
import fathom.tensor.RowStorage;
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
  private View view = View.NONE;
  private int first;
  private RowStorage storage = RowStorage.FP8;

  // The last view made here: the same steps make the same views, and need no new objects for them.
  private @Nullable Matrix lastView;
  private @Nullable Matrix lastOf;
  private View lastKind = View.NONE;
  private int lastFirst;

  Variable(Tape tape) {
    this.tape = tape;
  }

  Variable set(Matrix newValue) {
    value = newValue;
    source = null;
    view = View.NONE;
    gradient = null;
    storage = RowStorage.FP8;
    return this;
  }

  Variable setColumns(Variable of, int firstColumn, int count) {
    Matrix matrix = of.value();
    Matrix last = lastView(matrix, View.COLUMNS, firstColumn);
    if (last == null || last.columns() != count) {
      last = matrix.columns(firstColumn, count);
    }
    return setView(of, View.COLUMNS, firstColumn, last);
  }

  Variable setRows(Variable of, int firstRow, int count) {
    Matrix matrix = of.value();
    Matrix last = lastView(matrix, View.ROWS, firstRow);
    if (last == null || last.rows() != count) {
      last = matrix.rows(firstRow, count);
    }
    return setView(of, View.ROWS, firstRow, last);
  }

  Variable setReshaped(Variable of, int rows, int columns) {
    Matrix matrix = of.value();
    assert matrix.stride() == matrix.columns() : matrix;
    assert (long) rows * columns == (long) matrix.rows() * matrix.columns() : matrix;
    Matrix last = lastView(matrix, View.RESHAPED, 0);
    if (last == null || last.columns() != columns) {
      last = Matrix.of(matrix.segment(), rows, columns);
    }
    return setView(of, View.RESHAPED, 0, last);
  }

  private @Nullable Matrix lastView(Matrix of, View kind, int from) {
    return lastOf == of && lastKind == kind && lastFirst == from ? lastView : null;
  }

  private Variable setView(Variable of, View kind, int from, Matrix newValue) {
    lastView = newValue;
    lastOf = of.value();
    lastKind = kind;
    lastFirst = from;
    value = newValue;
    source = of;
    view = kind;
    first = from;
    gradient = null;
    return this;
  }

  /// Asks for a value that is stored until backward to be stored no less exactly than so; of a part
  /// of a value, the whole is.
  void storeAs(RowStorage wanted) {
    if (source != null) {
      source.storeAs(wanted);
    } else if (wanted.compareTo(storage) < 0) {
      storage = wanted;
    }
  }

  /// How the value is to be stored until backward, if it is to take less memory: in 8 bits, if
  /// nobody has asked for more.
  RowStorage storage() {
    return storage;
  }

  /// Whether this is a part of another value.
  boolean isView() {
    return source != null;
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

  /// Whether this value has no gradient yet. If so, it has one from now on, of undefined content,
  /// and the caller has to set all of it; otherwise, and always for a part of another value, the
  /// caller has to add.
  boolean takeGradient() {
    if (gradient != null || source != null) {
      return false;
    }
    gradient = tape.undefinedGradient(rows(), columns());
    return true;
  }

  /// Gives the gradient of `sum`, of which this value is a summand, to this value too: the same
  /// memory if there is none yet. So nothing may be added to this value's gradient before the
  /// backward of the other summand has been run.
  void shareGradient(Variable sum) {
    if (gradient == null && source == null) {
      gradient = sum.gradient();
    } else {
      tape.kernels().addScaled(1, sum.gradient(), gradient());
    }
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
