package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class ModelInitializerTest {
  private static final ModelConfig CONFIG = ModelSizeTest.preset("tiny");

  private static Parameter parameter(String name) {
    return DecoderStack.declare(CONFIG).find(name).orElseThrow();
  }

  private static Matrix filled(Arena arena, Parameter parameter, long seed) {
    Matrix rows = Matrix.allocate(arena, parameter.rows(), parameter.columns());
    new ModelInitializer(CONFIG, seed).fill(parameter, 0, rows);
    return rows;
  }

  @Test
  void matricesHaveTheConfiguredDeviation() {
    try (Arena arena = Arena.ofConfined()) {
      Matrix weights = filled(arena, parameter("model.embed_tokens.weight"), 1);
      double sum = 0;
      double squares = 0;
      for (int row = 0; row < weights.rows(); row++) {
        for (int column = 0; column < weights.columns(); column++) {
          sum += weights.get(row, column);
          squares += weights.get(row, column) * weights.get(row, column);
        }
      }
      int count = weights.rows() * weights.columns();
      assertThat(sum / count).isCloseTo(0, within(2e-4));
      assertThat(Math.sqrt(squares / count)).isCloseTo(0.02, within(2e-4));
    }
  }

  @Test
  void piecesEqualTheWhole() {
    try (Arena arena = Arena.ofConfined()) {
      Parameter parameter = parameter("model.layers.1.mlp.experts.3.up_proj.weight");
      Matrix whole = filled(arena, parameter, 5);
      Matrix piece = Matrix.allocate(arena, 4, parameter.columns());
      new ModelInitializer(CONFIG, 5).fill(parameter, 9, piece);
      for (int row = 0; row < 4; row++) {
        assertThat(piece.toArray(row)).isEqualTo(whole.toArray(9 + row));
      }
    }
  }

  @Test
  void seedsAndNamesGiveDifferentNumbers() {
    try (Arena arena = Arena.ofConfined()) {
      Parameter first = parameter("model.layers.1.mlp.experts.3.up_proj.weight");
      Parameter second = parameter("model.layers.1.mlp.experts.4.up_proj.weight");
      float[] numbers = filled(arena, first, 5).toArray(0);
      assertThat(filled(arena, first, 6).toArray(0)).isNotEqualTo(numbers);
      assertThat(filled(arena, second, 5).toArray(0)).isNotEqualTo(numbers);
    }
  }

  @Test
  void normsStartAtOneAndCorrectionBiasesAtZero() {
    try (Arena arena = Arena.ofConfined()) {
      assertThat(filled(arena, parameter("model.norm.weight"), 1).toArray(0)).containsOnly(1f);
      Parameter bias = parameter("model.layers.1.mlp.gate.e_score_correction_bias");
      assertThat(filled(arena, bias, 1).toArray(0)).containsOnly(0f);
    }
  }

  @Test
  void rowsBeyondTheParameterAreRefused() {
    try (Arena arena = Arena.ofConfined()) {
      Parameter parameter = parameter("model.norm.weight");
      Matrix two = Matrix.allocate(arena, 2, parameter.columns());
      assertThatThrownBy(() -> new ModelInitializer(CONFIG, 1).fill(parameter, 0, two))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("model.norm.weight");
    }
  }
}
