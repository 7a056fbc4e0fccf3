package fathom.model;

import fathom.tensor.Matrix;
import fathom.tensor.RowBlocks;
import fathom.tensor.RowMath;

/// The routed experts of a layer, computed together: tokens are copied in groups, one for each
/// expert, go through that expert's matrices, and come back weighted. No token is ever dropped.
final class RoutedExperts {
  /// Rows below which handing the work to other threads costs more than it saves.
  private static final int FEW_SLOTS = 16;

  private final ExpertLinear gateProj;
  private final ExpertLinear upProj;
  private final ExpertLinear downProj;

  RoutedExperts(ParameterSet parameters, String name, int hidden, MoeConfig config) {
    int width = config.intermediateSize();
    gateProj = new ExpertLinear(width, hidden);
    upProj = new ExpertLinear(width, hidden);
    downProj = new ExpertLinear(hidden, width);
    for (int expert = 0; expert < config.router().experts(); expert++) {
      gateProj.declare(parameters, name + expert + ".gate_proj");
      upProj.declare(parameters, name + expert + ".up_proj");
      downProj.declare(parameters, name + expert + ".down_proj");
    }
  }

  /// x `[tokens, hidden]` to the weighted sum of its experts' outputs `[tokens, hidden]`.
  Variable forward(Tape tape, Variable x, ExpertSelection selection) {
    GatedFeedForward whole =
        GatedFeedForward.of(
            tape, gateProj.parameters(), upProj.parameters(), downProj.parameters());
    if (whole != null) {
      return whole.routed(tape, x, selection);
    }
    Variable sent = dispatch(tape, x, selection); // [slots, hidden]
    Variable gate = gateProj.forward(tape, selection.groups(), sent); // [slots, width]
    Variable up = upProj.forward(tape, selection.groups(), sent);
    Variable inner = SwiGlu.forward(tape, gate, up);
    Variable done = downProj.forward(tape, selection.groups(), inner); // [slots, hidden]
    return combine(tape, done, selection);
  }

  /// Each row the token that it belongs to.
  private static Variable dispatch(Tape tape, Variable x, ExpertSelection selection) {
    Variable sent = tape.variable(selection.slots(), x.columns());
    Matrix from = x.value();
    Matrix to = sent.value();
    if (selection.slots() < FEW_SLOTS) {
      for (int row = 0; row < selection.slots(); row++) {
        RowOperations.copy(from, selection.token(row), to, row, 0);
      }
    } else {
      RowBlocks.forEach(
          tape.kernels().workers(),
          selection.slots(),
          x.columns(),
          row -> RowOperations.copy(from, selection.token(row), to, row, 0));
    }
    if (tape.isRecording()) {
      tape.record(() -> addSent(tape, x, selection, sent.gradient()));
    }
    return sent;
  }

  /// `dx_t += Σ_j dSent_row(t,j)`.
  static void addSent(Tape tape, Variable x, ExpertSelection selection, Matrix dSent) {
    boolean first = x.takeGradient();
    Matrix dx = x.gradient();
    RowMath math = tape.kernels().rows();
    RowBlocks.forEach(
        tape.kernels().workers(),
        dx.rows(),
        selection.expertsPerToken() * dx.columns(),
        token -> {
          for (int j = 0; j < selection.expertsPerToken(); j++) {
            long from = dSent.rowAddress(selection.row(token, j));
            addOrSet(math, first && j == 0, 1, from, dx.rowAddress(token), dx.columns());
          }
        });
  }

  private static void addOrSet(RowMath math, boolean set, float a, long x, long y, int count) {
    if (set) {
      math.setScaled(a, x, y, count);
    } else {
      math.addScaled(a, x, y, count);
    }
  }

  /// `y_t = Σ_j w_tj · done_row(t,j)`, in ascending order of the experts.
  private static Variable combine(Tape tape, Variable done, ExpertSelection selection) {
    Variable y = tape.variable(selection.tokens(), done.columns());
    combineRows(tape, done.value(), selection, y.value());
    if (tape.isRecording()) {
      tape.record(() -> combineBackward(tape, done, selection, y));
    }
    return y;
  }

  /// The same for matrices.
  static void combineRows(Tape tape, Matrix done, ExpertSelection selection, Matrix y) {
    RowMath math = tape.kernels().rows();
    if (selection.slots() < FEW_SLOTS) {
      for (int token = 0; token < selection.tokens(); token++) {
        combineToken(math, done, selection, y, token);
      }
    } else {
      RowBlocks.forEach(
          tape.kernels().workers(),
          selection.tokens(),
          selection.expertsPerToken() * y.columns(),
          token -> combineToken(math, done, selection, y, token));
    }
  }

  private static void combineToken(
      RowMath math, Matrix done, ExpertSelection selection, Matrix y, int token) {
    for (int j = 0; j < selection.expertsPerToken(); j++) {
      long from = done.rowAddress(selection.row(token, j));
      float weight = selection.weight(token, j);
      addOrSet(math, j == 0, weight, from, y.rowAddress(token), y.columns());
    }
  }

  /// `dDone_row(t,j) += w_tj dy_t`, `dw_tj += dy_t · done_row(t,j)`.
  private static void combineBackward(
      Tape tape, Variable done, ExpertSelection selection, Variable y) {
    boolean first = done.takeGradient();
    Matrix dDone = done.gradient();
    Matrix dWeights = selection.weightsVariable().gradient();
    Matrix dy = y.gradient();
    RowMath math = tape.kernels().rows();
    RowBlocks.forEach(
        tape.kernels().workers(),
        dy.rows(),
        selection.expertsPerToken() * dy.columns(),
        token -> {
          for (int j = 0; j < selection.expertsPerToken(); j++) {
            int row = selection.row(token, j);
            long from = dy.rowAddress(token);
            float dot = math.dot(from, done.value().rowAddress(row), dy.columns());
            dWeights.set(token, j, dWeights.get(token, j) + dot);
            float weight = selection.weight(token, j);
            addOrSet(math, first, weight, from, dDone.rowAddress(row), dy.columns());
          }
        });
  }
}
