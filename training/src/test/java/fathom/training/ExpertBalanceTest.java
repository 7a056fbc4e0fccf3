package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import fathom.model.Packing;
import fathom.model.Parameter;
import fathom.model.TrainingBatch;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Workers;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpertBalanceTest {
  private static final String BIAS = "model.layers.1.mlp.gate.e_score_correction_bias";
  private static final int TOKENS = 48;

  private TrainedModel model;
  private TrainingPass pass;
  private ExpertBalance balance;

  @BeforeEach
  void makeAModel() {
    model = TrainedModel.fresh(MicroModel.json(MicroModel.CONFIG), Path.of("config.json"), 3);
    pass =
        new TrainingPass(
            model.stack(), MicroModel.kernels(Workers.serial()), TrainingOptions.plain());
    balance = new ExpertBalance(model.stack(), pass.statistics());
  }

  @AfterEach
  void closeTheModel() {
    pass.close();
    model.close();
  }

  private Parameter bias() {
    return model.parameters().find(BIAS).orElseThrow();
  }

  /// Two of four experts, over and over: they have two times the mean load, the others nothing.
  private void routeToTheFirstTwo() {
    bias().values().setRow(0, 5, 5, 0, 0);
    run();
    assertThat(pass.statistics().load(1)).containsExactly(TOKENS, TOKENS, 0, 0);
  }

  private void run() {
    int[] ids = new Random(4).ints(TOKENS, 0, 256).toArray();
    pass.statistics().reset();
    pass.score(new TrainingBatch(new Packing(TOKENS), ids, ids));
  }

  @ParameterizedTest
  @CsvSource({"SIGN, 0, 1", "SIGN, 0.99, 1", "SIGN, 1, 0", "SIGN, 1.2, -1", "SIGN, 4, -1"})
  void theSignRuleMovesAllTheWay(BiasRule rule, double share, double move) {
    assertThat(rule.move(share)).isEqualTo(move);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0.75, 0.25", "1, 0", "1.2, -0.2", "2, -1", "4, -1"})
  void theProportionalRuleMovesByTheDifference(double share, double move) {
    assertThat(BiasRule.PROPORTIONAL.move(share)).isCloseTo(move, within(1e-12));
  }

  @Test
  void busyExpertsGoDownAndIdleOnesUp() {
    routeToTheFirstTwo();
    balance.update(0.5f, BiasRule.SIGN);
    assertThat(bias().values().toArray(0)).containsExactly(4.5f, 4.5f, 0.5f, 0.5f);
    assertThat(balance.busiest()).isEqualTo(2);
  }

  @Test
  void aModuleThatIsLeftOutKeepsItsBiases() {
    routeToTheFirstTwo();
    balance.update(0.5f, BiasRule.SIGN);
    Parameter left =
        model.parameters().find("model.layers.2.mlp.gate.e_score_correction_bias").orElseThrow();
    assertThat(left.values().toArray(0)).containsOnly(0);
  }

  @Test
  void theProportionalRuleComesToRestWhereTheSignRuleSwings() {
    assertThat(worstOfTheLast(BiasRule.PROPORTIONAL)).isLessThan(1.1);
    assertThat(worstOfTheLast(BiasRule.SIGN)).isGreaterThan(1.2);
  }

  /// The router does not learn here: what the biases do is all that changes.
  private double worstOfTheLast(BiasRule rule) {
    bias().values().fill(0);
    double worst = 0;
    for (int step = 0; step < 400; step++) {
      run();
      worst = step < 380 ? 0 : Math.max(worst, balance.busiest());
      balance.update(0.004f, rule);
    }
    return worst;
  }
}
