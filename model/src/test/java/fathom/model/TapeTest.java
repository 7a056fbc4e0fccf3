package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tensor.Matrix;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TapeTest {
  @Test
  void runsBackwardInReverse() {
    try (Tape tape = Tape.recording(TinyModel.KERNELS)) {
      List<Integer> order = new ArrayList<>();
      tape.record(() -> order.add(1));
      tape.record(() -> order.add(2));
      tape.record(() -> order.add(3));
      tape.backward();
      assertThat(order).containsExactly(3, 2, 1);
      tape.backward();
      assertThat(order).hasSize(3);
    }
  }

  @Test
  void gradientsStartAtZeroInEveryStep() {
    try (Tape tape = Tape.recording(TinyModel.KERNELS)) {
      tape.variable(2, 3).gradient().fill(5);
      tape.reset();
      Variable next = tape.variable(2, 3);
      assertThat(next.gradient().toArray(1)).containsOnly(0f);
    }
  }

  @Test
  void aViewSharesNumbersAndGradient() {
    try (Tape tape = Tape.recording(TinyModel.KERNELS)) {
      Variable whole = tape.zeros(3, 4);
      Variable columns = tape.columns(whole, 1, 2);
      Variable row = tape.rows(columns, 2, 1);
      row.value().setRow(0, 7, 8);
      row.gradient().setRow(0, 5, 6);
      assertThat(whole.value().toArray(2)).containsExactly(0, 7, 8, 0);
      assertThat(whole.gradient().toArray(2)).containsExactly(0, 5, 6, 0);
    }
  }

  @Test
  void aReshapedValueIsTheSameNumbers() {
    try (Tape tape = Tape.recording(TinyModel.KERNELS)) {
      Variable whole = tape.zeros(2, 6);
      Variable heads = tape.reshaped(whole, 4, 3);
      heads.value().setRow(3, 1, 2, 3);
      heads.gradient().setRow(0, 4, 5, 6);
      assertThat(whole.value().toArray(1)).containsExactly(0, 0, 0, 1, 2, 3);
      assertThat(whole.gradient().toArray(0)).containsExactly(4, 5, 6, 0, 0, 0);
    }
  }

  @Test
  void aSilentTapeTakesMemoryBack() {
    try (Tape tape = Tape.silent(TinyModel.KERNELS)) {
      Matrix kept = tape.variable(4, 4).value();
      tape.push();
      Matrix first = tape.variable(8, 8).value();
      tape.pop();
      tape.push();
      assertThat(tape.variable(8, 8).value()).isSameAs(first);
      tape.pop();
      tape.reset();
      assertThat(tape.variable(4, 4).value()).isSameAs(kept);
    }
  }

  @Test
  void aRecordingTapeKeepsWhatBackwardWillNeed() {
    try (Tape tape = Tape.recording(TinyModel.KERNELS)) {
      tape.push();
      long first = tape.variable(8, 8).value().address();
      tape.pop();
      assertThat(tape.variable(8, 8).value().address()).isNotEqualTo(first);
    }
  }

  @Test
  void anUnboundParameterSaysSo() {
    Parameter parameter = Parameter.vector("model.norm.weight", Parameter.Role.NORM, 4);
    assertThat(parameter.isBound()).isFalse();
    assertThatThrownBy(parameter::weight)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("model.norm.weight");
    assertThatThrownBy(parameter::values).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aGradientThatWasTakenIsSetByTheOneAndAddedToByTheOthers() {
    try (Tape tape = Tape.recording(TinyModel.KERNELS)) {
      Variable x = tape.variable(2, 3);
      assertThat(x.takeGradient()).isTrue();
      assertThat(x.takeGradient()).isFalse();
      Variable part = tape.columns(tape.variable(2, 3), 0, 1);
      assertThat(part.takeGradient()).isFalse();
      assertThat(part.gradient().get(1, 0)).isZero();
    }
  }

  @Test
  void summandsShareTheSumsGradientOrAddItToTheirOwn() {
    try (Tape tape = Tape.recording(TinyModel.KERNELS)) {
      Variable x = tape.zeros(1, 2);
      Variable y = tape.zeros(1, 2);
      y.gradient().setRow(0, 1, 2);
      Variable sum = Sum.forward(tape, x, y);
      sum.gradient().setRow(0, 10, 20);
      tape.backward();
      assertThat(x.gradient()).isSameAs(sum.gradient());
      assertThat(y.gradient().toArray(0)).containsExactly(11, 22);
    }
  }
}
