package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import fathom.model.RouterConfig.Method;
import fathom.model.RouterConfig.Scoring;
import fathom.tensor.DType;
import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The router with an identity as weight, so that its input is its logits.
class TopKRouterTest {
  private final Arena arena = Arena.ofShared();
  private final Tape tape = Tape.silent(TinyModel.KERNELS);

  @AfterEach
  void close() {
    tape.close();
    arena.close();
  }

  private static RouterConfig v3(int experts, int chosen, int groups, int topGroups) {
    return new RouterConfig(
        experts, chosen, groups, topGroups, Scoring.SIGMOID, Method.NOAUX_TC, true, 2.5f);
  }

  private static RouterConfig v2(Method method, boolean norm, float scale) {
    return new RouterConfig(6, 2, 3, 1, Scoring.SOFTMAX, method, norm, scale);
  }

  private ExpertSelection route(RouterConfig config, float[] bias, float[]... logits) {
    int experts = config.experts();
    ParameterSet parameters = new ParameterSet();
    TopKRouter router = new TopKRouter(parameters, "gate", experts, config, 0);
    parameters.allocate(arena, DType.F32);
    Matrix identity = parameters.find("gate.weight").orElseThrow().values();
    for (int expert = 0; expert < experts; expert++) {
      identity.set(expert, expert, 1);
    }
    parameters
        .find("gate.e_score_correction_bias")
        .ifPresent(parameter -> parameter.values().setRow(0, bias));
    Step step = new Step(tape);
    step.startPacked(new Packing(logits.length), null);
    Variable x = tape.variable(logits.length, experts);
    for (int row = 0; row < logits.length; row++) {
      x.value().setRow(row, logits[row]);
    }
    return router.forward(step, x);
  }

  private static int[] experts(ExpertSelection selection, int token) {
    return IntStream.range(0, selection.expertsPerToken())
        .map(choice -> selection.expert(token, choice))
        .toArray();
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void theBiasMovesTheChoiceButNotTheWeights() {
    float[] bias = {0, 0, 0, 10};
    ExpertSelection selection = route(v3(4, 2, 1, 1), bias, new float[] {3, 2, 1, -1});
    assertThat(experts(selection, 0)).containsExactly(0, 3);
    double sum = sigmoid(3) + sigmoid(-1);
    assertThat((double) selection.weight(0, 0)).isCloseTo(2.5 * sigmoid(3) / sum, within(1e-6));
    assertThat((double) selection.weight(0, 1)).isCloseTo(2.5 * sigmoid(-1) / sum, within(1e-6));
  }

  @Test
  void ignoresExpertsOutsideTheBestGroups() {
    // Expert 0 is the best of all, but the second group has the better two.
    float[] logits = {5, -9, 2, 2};
    ExpertSelection selection = route(v3(4, 2, 2, 1), new float[4], logits);
    assertThat(experts(selection, 0)).containsExactly(2, 3);
  }

  @Test
  void aGroupOfV2CountsByItsBestExpert() {
    float[] logits = {5, -9, 2, 2, 0, 0};
    ExpertSelection grouped =
        route(v2(Method.GROUP_LIMITED_GREEDY, false, 1), new float[0], logits);
    assertThat(experts(grouped, 0)).containsExactly(0, 1);
    ExpertSelection greedy = route(v2(Method.GREEDY, false, 1), new float[0], logits);
    assertThat(experts(greedy, 0)).containsExactly(0, 2);
  }

  @Test
  void otherGroupsStayOutAlsoWhereAllScoresAreNegative() {
    float[] bias = {-5, -5, -9, -9};
    ExpertSelection selection = route(v3(4, 2, 2, 1), bias, new float[] {1, 1, 9, 9});
    assertThat(experts(selection, 0)).containsExactly(0, 1);
  }

  @Test
  void v2EitherNormalisesOrScales() {
    float[] logits = {1, 0, 0, 0, 0, 0};
    ExpertSelection scaled = route(v2(Method.GREEDY, false, 16), new float[0], logits);
    double first = Math.E / (Math.E + 5);
    assertThat((double) scaled.weight(0, 0)).isCloseTo(16 * first, within(1e-5));
    ExpertSelection normed = route(v2(Method.GREEDY, true, 16), new float[0], logits);
    assertThat((double) normed.weight(0, 0)).isCloseTo(Math.E / (Math.E + 1), within(1e-6));
  }

  @Test
  void ofEqualScoresTheLowerNumberWins() {
    ExpertSelection selection = route(v3(8, 3, 1, 1), new float[8], new float[8]);
    assertThat(experts(selection, 0)).containsExactly(0, 1, 2);
  }

  @Test
  void expertsStayDistinctWhenLogitsAreNoNumbers() {
    float[] broken = {Float.NaN, Float.NaN, 1, Float.NaN, Float.POSITIVE_INFINITY, Float.NaN};
    ExpertSelection selection = route(v3(6, 4, 1, 1), new float[6], broken, new float[6]);
    assertThat(Arrays.stream(experts(selection, 0)).distinct()).hasSize(4);
    assertThat(experts(selection, 1)).containsExactly(0, 1, 2, 3);
  }

  @Test
  void extremeLogitsGiveFiniteWeights() {
    float[] low = {-200, -200, -200, -200};
    ExpertSelection selection = route(v3(4, 2, 1, 1), new float[4], low);
    assertThat(selection.weight(0, 0)).isFinite();
    assertThat(selection.weight(0, 1)).isFinite();
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void agreesWithASortOfAllExperts(Method method) {
    Random random = new Random(7);
    boolean v3 = method == Method.NOAUX_TC;
    RouterConfig config =
        new RouterConfig(24, 5, 4, 2, v3 ? Scoring.SIGMOID : Scoring.SOFTMAX, method, false, 1);
    float[] bias = new float[24];
    for (int expert = 0; v3 && expert < 24; expert++) {
      bias[expert] = (float) random.nextGaussian() * 0.3f;
    }
    float[][] logits = new float[50][24];
    for (float[] row : logits) {
      for (int expert = 0; expert < 24; expert++) {
        row[expert] = (float) random.nextGaussian();
      }
    }
    ExpertSelection selection = route(config, bias, logits);
    for (int token = 0; token < logits.length; token++) {
      float[] scores = selection.scores().value().toArray(token);
      assertThat(experts(selection, token)).isEqualTo(naive(config, scores, bias));
    }
  }

  private static int[] naive(RouterConfig config, float[] scores, float[] bias) {
    int size = config.experts() / config.groups();
    double[] eligible = new double[scores.length];
    Arrays.setAll(eligible, i -> scores[i] + bias[i]);
    double[] groups = new double[config.groups()];
    for (int group = 0; group < groups.length; group++) {
      double[] members = Arrays.copyOfRange(eligible, group * size, (group + 1) * size);
      Arrays.sort(members);
      boolean two = config.method() == Method.NOAUX_TC;
      groups[group] = members[size - 1] + (two ? members[size - 2] : 0);
    }
    int[] best =
        IntStream.range(0, groups.length)
            .boxed()
            .sorted((a, b) -> Double.compare(groups[b], groups[a]))
            .limit(config.topGroups())
            .mapToInt(Integer::intValue)
            .toArray();
    return IntStream.range(0, eligible.length)
        .filter(
            expert ->
                config.method() == Method.GREEDY
                    || Arrays.stream(best).anyMatch(group -> group == expert / size))
        .boxed()
        .sorted((a, b) -> Double.compare(eligible[b], eligible[a]))
        .limit(config.expertsPerToken())
        .mapToInt(Integer::intValue)
        .sorted()
        .toArray();
  }

  @Test
  void slotsAreSortedByExpertAndThenByToken() {
    float[][] logits = {{0, 9, 8, 0}, {9, 8, 0, 0}, {0, 9, 0, 8}};
    ExpertSelection selection = route(v3(4, 2, 1, 1), new float[4], logits);
    assertThat(selection.slots()).isEqualTo(6);
    assertThat(IntStream.range(0, 4).map(selection.groups()::size)).containsExactly(1, 3, 1, 1);
    assertThat(IntStream.range(0, 6).map(selection::token)).containsExactly(1, 0, 1, 2, 0, 2);
    for (int token = 0; token < 3; token++) {
      for (int choice = 0; choice < 2; choice++) {
        int row = selection.row(token, choice);
        int expert = selection.expert(token, choice);
        assertThat(selection.token(row)).isEqualTo(token);
        assertThat(row).isGreaterThanOrEqualTo(selection.groups().start(expert));
        assertThat(row).isLessThan(selection.groups().start(expert + 1));
      }
    }
  }

  @Test
  void aTokensExpertsDoNotDependOnItsNeighbours() {
    float[] first = {0.3f, -1, 2, 0.7f, 1.1f, -0.2f};
    float[] second = {3, -1, 0.2f, 0.7f, -1.1f, 2};
    int[] alone = experts(route(v3(6, 2, 3, 2), new float[6], second), 0);
    assertThat(experts(route(v3(6, 2, 3, 2), new float[6], first, second), 1)).isEqualTo(alone);
  }
}
