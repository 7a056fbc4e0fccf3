package fathom.model;

import fathom.tensor.DType;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import fathom.tensor.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The order of a step's operations, and the memory that they work in.
///
/// Layers are written once, as operations on [Variable]s. In generation the tape records nothing:
/// it only hands out matrices, the same ones in every step. In training each operation also leaves
/// its backward here, and [#backward()] runs them in reverse; every one of them *adds* to the
/// gradients of its inputs, so that a value that is used twice gets the sum.
final class Tape implements AutoCloseable {
  /// The backward of one operation.
  @FunctionalInterface
  interface Backward {
    /// Adds to the gradients of the operation's inputs and parameters.
    void run();
  }

  private final Kernels kernels;
  private final boolean recording;
  private final Workspace values;
  private final Workspace gradients;
  private final List<Variable> variables = new ArrayList<>();
  private final List<Backward> operations = new ArrayList<>();
  private final List<ExpertSelection> selections = new ArrayList<>();
  private final IntStack marks = new IntStack();
  private final LinearMaps maps = new LinearMaps(this);
  private int nextVariable;
  private int nextSelection;

  private Tape(Kernels kernels, boolean recording, Workspace values, Workspace gradients) {
    this.kernels = kernels;
    this.recording = recording;
    this.values = values;
    this.gradients = gradients;
  }

  /// A tape that records nothing: for generation and evaluation.
  public static Tape silent(Kernels kernels) {
    return new Tape(kernels, false, new Workspace(), new Workspace());
  }

  /// A tape that records: for training.
  public static Tape recording(Kernels kernels) {
    return recording(kernels, new Workspace(), new Workspace());
  }

  /// A tape that records, in memory that it may share with other tapes: whoever begins a step on
  /// one of them takes the memory from the others.
  static Tape recording(Kernels kernels, Workspace values, Workspace gradients) {
    return new Tape(kernels, true, values, gradients);
  }

  /// What the operations compute with.
  public Kernels kernels() {
    return kernels;
  }

  /// Whether operations have to leave their backward here.
  public boolean isRecording() {
    return recording;
  }

  /// Maps of x that are computed together; begins anew what was handed out before.
  LinearMaps maps(Variable x) {
    return maps.of(x);
  }

  /// A value of undefined content.
  public Variable variable(int rows, int columns) {
    return next().set(values.matrix(rows, columns));
  }

  /// All values since the last [#reset()], views among them.
  List<Variable> variables() {
    return variables.subList(0, nextVariable);
  }

  /// A value of zeros.
  public Variable zeros(int rows, int columns) {
    Variable zeros = variable(rows, columns);
    RowOperations.clear(zeros.value());
    return zeros;
  }

  /// A range of columns of a value: what is written to the one is seen in the other, and so it is
  /// with their gradients.
  public Variable columns(Variable of, int first, int count) {
    return next().setColumns(of, first, count);
  }

  /// A range of rows of a value, in the same way.
  public Variable rows(Variable of, int first, int count) {
    return next().setRows(of, first, count);
  }

  /// The same numbers in rows of another length; the rows of `of` must lie side by side.
  public Variable reshaped(Variable of, int rows, int columns) {
    return next().setReshaped(of, rows, columns);
  }

  /// Where a router's choice is kept until the step is over.
  ExpertSelection selection(int experts, int expertsPerToken, int rows) {
    if (nextSelection == selections.size()) {
      selections.add(new ExpertSelection());
    }
    ExpertSelection selection = selections.get(nextSelection++);
    selection.resize(experts, expertsPerToken, rows);
    return selection;
  }

  /// Leaves the backward of an operation; only where [#isRecording()].
  void record(Backward operation) {
    assert recording;
    operations.add(operation);
  }

  /// Runs the backward of all recorded operations, the last one first, and forgets them. Whoever
  /// calls this has added the loss's gradient to that of its inputs.
  public void backward() {
    for (int i = operations.size() - 1; i >= 0; i--) {
      operations.get(i).run();
    }
    operations.clear();
  }

  /// Remembers what is taken; [#pop()] gives back what is taken from here on. A recording tape
  /// keeps everything: backward will need it.
  void push() {
    if (recording) {
      return;
    }
    values.push();
    marks.push(nextVariable);
    marks.push(nextSelection);
  }

  /// Gives back what was taken since the last [#push()].
  void pop() {
    if (recording) {
      return;
    }
    values.pop();
    nextSelection = marks.pop();
    nextVariable = marks.pop();
  }

  /// Remembers in backward how much memory gradients take; [#popGradients()] gives back what they
  /// take from here on.
  void pushGradients() {
    gradients.push();
  }

  /// Gives back the gradients that were first asked for since the last [#pushGradients()].
  void popGradients() {
    gradients.pop();
  }

  /// Gives everything back: the step is over.
  public void reset() {
    values.reset();
    gradients.reset();
    operations.clear();
    marks.clear();
    nextVariable = 0;
    nextSelection = 0;
  }

  /// Bytes that the tape holds for activations and their gradients.
  public long allocatedBytes() {
    return values.allocatedBytes() + gradients.allocatedBytes();
  }

  Matrix gradientMatrix(int rows, int columns) {
    Matrix gradient = undefinedGradient(rows, columns);
    kernels.clear(gradient);
    return gradient;
  }

  /// Memory for a gradient, or for something else that is given back with the gradients.
  Matrix undefinedGradient(int rows, int columns) {
    return gradients.matrix(rows, columns);
  }

  /// A weight as float32 numbers, which some products are much faster with: itself, or a copy that
  /// is given back with the gradients.
  WeightMatrix plain(WeightMatrix weight) {
    if (weight.type() == DType.F32) {
      return weight;
    }
    Matrix copy = undefinedGradient(weight.rows(), weight.columns());
    int[] rows = new int[weight.rows()];
    Arrays.setAll(rows, row -> row);
    kernels.gatherRows(weight, rows, copy);
    return WeightMatrix.of(copy);
  }

  private Variable next() {
    if (nextVariable == variables.size()) {
      variables.add(new Variable(this));
    }
    return variables.get(nextVariable++);
  }

  @Override
  public void close() {
    values.close();
    gradients.close();
  }

  /// A few marks; boxing none of them.
  private static final class IntStack {
    private int[] items = new int[16];
    private int size;

    void push(int item) {
      if (size == items.length) {
        items = Arrays.copyOf(items, 2 * size);
      }
      items[size++] = item;
    }

    int pop() {
      return items[--size];
    }

    void clear() {
      size = 0;
    }
  }
}
