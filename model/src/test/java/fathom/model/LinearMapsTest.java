package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tensor.DType;
import fathom.tensor.ScalarKernels;
import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinearMapsTest {
  @Test
  void mapsTogetherGiveWhatTheyGiveAlone() {
    try (Arena arena = Arena.ofConfined();
        Tape tape = Tape.silent(new ScalarKernels(Workers.serial()))) {
      ParameterSet parameters = new ParameterSet();
      List<Linear> maps =
          List.of(
              new Linear(parameters, "a", 5, 3, true), new Linear(parameters, "b", 2, 3, false));
      parameters.all().forEach(p -> p.allocate(arena, DType.F32));
      parameters.all().forEach(LinearMapsTest::fill);
      Variable x = tape.variable(2, 3);
      for (int i = 0; i < 6; i++) {
        x.value().set(i / 3, i % 3, i - 2.5f);
      }
      LinearMaps together = tape.maps(x);
      Variable a = together.add(maps.get(0));
      Variable b = together.add(maps.get(1));
      together.run();
      for (int row = 0; row < 2; row++) {
        assertThat(a.value().toArray(row))
            .isEqualTo(maps.get(0).forward(tape, x).value().toArray(row));
        assertThat(b.value().toArray(row))
            .isEqualTo(maps.get(1).forward(tape, x).value().toArray(row));
      }
    }
  }

  private static void fill(Parameter parameter) {
    for (int row = 0; row < parameter.rows(); row++) {
      for (int column = 0; column < parameter.columns(); column++) {
        parameter.values().set(row, column, 0.3f * row - 0.7f * column + 0.1f);
      }
    }
  }

  @Test
  void nothingRunsBeforeItsInputIsKnown() {
    try (Tape tape = Tape.silent(new ScalarKernels(Workers.serial()))) {
      assertThatThrownBy(() -> new LinearMaps(tape).run())
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
