package fathom.model;

import fathom.tensor.GatedGradients;
import fathom.tensor.GatedKernels;
import fathom.tensor.GatedLayers;
import fathom.tensor.GatedRows;
import fathom.tensor.GatedValues;
import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Feed-forward layers, or all experts of a layer, as one operation in training, where the kernels
/// have one; it computes what [DenseFeedForward] and [RoutedExperts] do step by step.
final class GatedFeedForward {
  private final GatedKernels kernels;
  private final GatedLayers layers;
  private final List<Matrix> dGate;
  private final List<Matrix> dUp;
  private final List<Matrix> dDown;

  private GatedFeedForward(
      GatedKernels kernels,
      GatedLayers layers,
      List<Parameter> gate,
      List<Parameter> up,
      List<Parameter> down) {
    this.kernels = kernels;
    this.layers = layers;
    dGate = gradients(gate);
    dUp = gradients(up);
    dDown = gradients(down);
  }

  /// The operation, or null where the layers have to be computed step by step.
  static @Nullable GatedFeedForward of(
      Tape tape, List<Parameter> gate, List<Parameter> up, List<Parameter> down) {
    GatedKernels kernels = tape.isRecording() ? tape.kernels().gated() : null;
    if (kernels == null || isTrained(gate) != isTrained(up) || isTrained(up) != isTrained(down)) {
      return null;
    }
    GatedLayers layers = new GatedLayers(weights(gate), weights(up), weights(down));
    return kernels.serves(layers) ? new GatedFeedForward(kernels, layers, gate, up, down) : null;
  }

  private static boolean isTrained(List<Parameter> parameters) {
    return parameters.getFirst().gradient() != null;
  }

  private static List<WeightMatrix> weights(List<Parameter> parameters) {
    return parameters.stream().map(Parameter::weight).toList();
  }

  private static List<Matrix> gradients(List<Parameter> parameters) {
    List<Matrix> gradients = new ArrayList<>();
    for (Parameter parameter : isTrained(parameters) ? parameters : List.<Parameter>of()) {
      gradients.add(Objects.requireNonNull(parameter.gradient(), parameter.name()));
    }
    return gradients;
  }

  /// A single layer: x `[tokens, hidden]` to the same.
  Variable dense(Tape tape, Variable x) {
    Variable y = tape.variable(x.rows(), layers.hidden());
    GatedRows rows = GatedRows.all(x.rows());
    GatedValues values = values(tape, x, rows, y.value());
    kernels.forward(layers, rows, values);
    tape.record(
        () -> {
          boolean add = !x.takeGradient();
          kernels.backward(
              layers, rows, values, gradients(y.gradient(), x.gradient(), add, null, null));
        });
    return y;
  }

  /// All experts: x `[tokens, hidden]` to what each expert makes of its tokens, weighted and summed
  /// up, `[tokens, hidden]`.
  Variable routed(Tape tape, Variable x, ExpertSelection selection) {
    Variable y = tape.variable(x.rows(), layers.hidden());
    GatedRows rows = new GatedRows(selection.groups(), selection::token);
    tape.pushGradients();
    Matrix done = tape.undefinedGradient(selection.slots(), layers.hidden());
    GatedValues values = values(tape, x, rows, done);
    kernels.forward(layers, rows, values);
    RoutedExperts.combineRows(tape, done, selection, y.value());
    tape.popGradients();
    tape.record(() -> routedBackward(tape, x, y, new Sent(selection, rows, values)));
    return y;
  }

  private record Sent(ExpertSelection selection, GatedRows rows, GatedValues values) {}

  private void routedBackward(Tape tape, Variable x, Variable y, Sent sent) {
    ExpertSelection selection = sent.selection;
    int slots = selection.slots();
    Matrix dSent = tape.undefinedGradient(slots, layers.hidden());
    Matrix weights = tape.undefinedGradient(slots, 1);
    Matrix dWeights = tape.undefinedGradient(slots, 1);
    forEachSlot(
        selection, (token, choice, row) -> weights.set(row, 0, selection.weight(token, choice)));
    kernels.backward(
        layers, sent.rows, sent.values, gradients(y.gradient(), dSent, false, weights, dWeights));
    Matrix chosen = selection.weightsVariable().gradient();
    forEachSlot(
        selection,
        (token, choice, row) ->
            chosen.set(token, choice, chosen.get(token, choice) + dWeights.get(row, 0)));
    RoutedExperts.addSent(tape, x, selection, dSent);
  }

  private interface Slot {
    void visit(int token, int choice, int row);
  }

  private static void forEachSlot(ExpertSelection selection, Slot slot) {
    for (int token = 0; token < selection.tokens(); token++) {
      for (int choice = 0; choice < selection.expertsPerToken(); choice++) {
        slot.visit(token, choice, selection.row(token, choice));
      }
    }
  }

  private GatedGradients gradients(
      Matrix dy, Matrix dx, boolean add, @Nullable Matrix weights, @Nullable Matrix dWeights) {
    return new GatedGradients(dy, dx, add, weights, dWeights, dGate, dUp, dDown);
  }

  private GatedValues values(Tape tape, Variable x, GatedRows rows, Matrix y) {
    int count = rows.groups().rows();
    Matrix gate = tape.variable(count, layers.width()).value();
    Matrix up = tape.variable(count, layers.width()).value();
    return new GatedValues(x.value(), gate, up, y);
  }
}
