package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.DType;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.ScalarKernels;
import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/// Compares what backward says with central finite differences of `L = Σ c_i y_i`, c random.
final class GradientCheck implements AutoCloseable {
  static final Kernels KERNELS = new ScalarKernels(Workers.serial());
  private static final double STEP = 1.0 / 64;

  private final Arena arena = Arena.ofShared();
  private final Tape tape = Tape.recording(KERNELS);
  private final ParameterSet parameters = new ParameterSet();
  private final Random random;
  private final List<Matrix> inputs = new ArrayList<>();

  GradientCheck(long seed) {
    random = new Random(seed);
  }

  /// Where the operation under test declares its parameters.
  ParameterSet parameters() {
    return parameters;
  }

  Arena arena() {
    return arena;
  }

  /// An input whose gradient is checked, of numbers around zero with deviation one.
  Matrix input(int rows, int columns) {
    Matrix input = randomMatrix(rows, columns);
    inputs.add(input);
    return input;
  }

  private Matrix randomMatrix(int rows, int columns) {
    Matrix matrix = Matrix.allocate(arena, rows, columns);
    fill(matrix, 1);
    return matrix;
  }

  private void fill(Matrix matrix, double scale) {
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        matrix.set(row, column, (float) (random.nextGaussian() * scale));
      }
    }
  }

  /// Gives all parameters random numbers and room for gradients.
  void bindParameters() {
    parameters.allocate(arena, DType.F32);
    for (Parameter parameter : parameters.all()) {
      fill(parameter.values(), 0.5);
    }
    parameters.allocateGradients(arena);
  }

  /// Checks the gradients of all inputs and parameters; the operation gets the inputs as variables
  /// on a step's tape, in the order in which they were made.
  void check(Packing packing, Function<Call, Variable> operation, double tolerance) {
    List<Matrix> gradients = new ArrayList<>();
    tape.reset();
    Call call = new Call(tape, packing, inputs);
    Variable y = operation.apply(call);
    float[][] weights = new float[y.rows()][y.columns()];
    for (int row = 0; row < y.rows(); row++) {
      for (int column = 0; column < y.columns(); column++) {
        weights[row][column] = (float) random.nextGaussian();
        y.gradient().set(row, column, weights[row][column]);
      }
    }
    tape.backward();
    for (Variable input : call.inputs()) {
      gradients.add(copyOf(input.gradient()));
    }
    Loss loss = new Loss(packing, operation, weights);
    for (int i = 0; i < inputs.size(); i++) {
      compare("input " + i, inputs.get(i), gradients.get(i), loss, tolerance);
    }
    for (Parameter parameter : parameters.all()) {
      if (parameter.gradient() != null) {
        compare(parameter.name(), parameter.values(), parameter.gradient(), loss, tolerance);
      }
    }
  }

  private Matrix copyOf(Matrix matrix) {
    Matrix copy = Matrix.allocate(arena, matrix.rows(), matrix.columns());
    copy.copyFrom(matrix);
    return copy;
  }

  private final class Loss {
    private final Packing packing;
    private final Function<Call, Variable> operation;
    private final float[][] weights;

    Loss(Packing packing, Function<Call, Variable> operation, float[][] weights) {
      this.packing = packing;
      this.operation = operation;
      this.weights = weights;
    }

    double value() {
      tape.reset();
      Variable y = operation.apply(new Call(tape, packing, inputs));
      double sum = 0;
      for (int row = 0; row < y.rows(); row++) {
        for (int column = 0; column < y.columns(); column++) {
          sum += (double) weights[row][column] * y.value().get(row, column);
        }
      }
      return sum;
    }
  }

  /// Looks at up to forty numbers of the matrix. The tolerance is relative to the largest gradient.
  private void compare(String what, Matrix at, Matrix gradient, Loss loss, double tolerance) {
    int count = at.rows() * at.columns();
    int stride = Math.max(1, count / 40);
    double largest = 1e-3;
    double worst = 0;
    for (int i = random.nextInt(stride); i < count; i += stride) {
      int row = i / at.columns();
      int column = i % at.columns();
      float before = at.get(row, column);
      at.set(row, column, (float) (before + STEP));
      double up = loss.value();
      at.set(row, column, (float) (before - STEP));
      double down = loss.value();
      at.set(row, column, before);
      double expected = (up - down) / (2 * STEP);
      largest = Math.max(largest, Math.abs(expected));
      worst = Math.max(worst, Math.abs(expected - gradient.get(row, column)));
    }
    assertThat(worst / largest).as(what).isLessThan(tolerance);
  }

  @Override
  public void close() {
    tape.close();
    arena.close();
  }

  /// One run of the operation under test.
  static final class Call {
    private final Step step;
    private final List<Variable> inputs = new ArrayList<>();

    Call(Tape tape, Packing packing, List<Matrix> values) {
      step = new Step(tape);
      step.startPacked(packing, null);
      for (Matrix value : values) {
        Variable input = tape.variable(value.rows(), value.columns());
        input.value().copyFrom(value);
        inputs.add(input);
      }
    }

    Step step() {
      return step;
    }

    Tape tape() {
      return step.tape();
    }

    Variable input(int index) {
      return inputs.get(index);
    }

    List<Variable> inputs() {
      return inputs;
    }
  }
}
