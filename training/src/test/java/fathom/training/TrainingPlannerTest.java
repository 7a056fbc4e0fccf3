package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import fathom.model.ModelConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The figures of the DeepSeek-V3 report, from first principles.
class TrainingPlannerTest {
  private static final String V3 =
      """
      {"model_type": "deepseek_v3", "vocab_size": 129280, "hidden_size": 7168,
       "intermediate_size": 18432, "moe_intermediate_size": 2048, "num_hidden_layers": 61,
       "num_attention_heads": 128, "num_key_value_heads": 128, "n_shared_experts": 1,
       "n_routed_experts": 256, "routed_scaling_factor": 2.5, "kv_lora_rank": 512,
       "q_lora_rank": 1536, "qk_rope_head_dim": 64, "v_head_dim": 128, "qk_nope_head_dim": 128,
       "n_group": 8, "topk_group": 4, "num_experts_per_tok": 8, "first_k_dense_replace": 3,
       "norm_topk_prob": true, "scoring_func": "sigmoid", "topk_method": "noaux_tc",
       "max_position_embeddings": 163840, "rms_norm_eps": 1e-6, "rope_theta": 10000,
       "num_nextn_predict_layers": 1, "tie_word_embeddings": false}
      """;
  private static final Device H800 = Device.named("h800").orElseThrow();
  private static final Percentage TEN = Percentage.withPercentage(10);

  private final ModelConfig config = ModelConfig.of(tree(), Path.of("config.json"));
  private final TrainingPlanner planner = new TrainingPlanner(config, Efficiencies.GPU);

  private static JsonNode tree() {
    return new JsonMapper().readTree(V3);
  }

  private static RunShape run(double tokens) {
    return new RunShape(H800, 2048, tokens, 4096, 15360, Savings.all());
  }

  private final ParallelLayout reported = new ParallelLayout(16, 128, 64);

  @Test
  void countsTheParametersThatTheReportCounts() {
    TokenWork main =
        new TokenWork(config, Set.of(Savings.MIXTURE_OF_EXPERTS, Savings.LATENT_ATTENTION));
    assertThat(main.totalParameters()).isCloseTo(671e9, Percentage.withPercentage(1));
    double active = main.activeLinearParameters() + main.vocabularyParameters();
    assertThat(active).isCloseTo(37e9, Percentage.withPercentage(2));
  }

  @Test
  void needs180ThousandHoursForATrillionTokens() {
    assertThat(planner.plan(run(1e12), reported).deviceHours()).isCloseTo(180e3, TEN);
  }

  @Test
  void takes2Point788MillionHoursAnd5Point576MillionDollars() {
    TrainingPlan plan = planner.plan(run(14.8e12), reported);
    assertThat(plan.deviceHours()).isCloseTo(2.788e6, TEN);
    assertThat(plan.dollars()).isCloseTo(5.576e6, TEN);
    assertThat(plan.days()).isBetween(50.0, 60.0);
  }

  @Test
  void fitsTheReportedLayoutIntoEightyGigabytes() {
    TrainingPlan plan = planner.plan(run(1e12), reported);
    assertThat(plan.fits()).as(plan.memory().toString()).isTrue();
  }

  @Test
  void findsALayoutAtLeastAsFastAsTheReported() {
    TrainingPlan best = planner.best(run(1e12));
    assertThat(best.fits()).isTrue();
    assertThat(best.secondsPerToken())
        .isLessThanOrEqualTo(planner.plan(run(1e12), reported).secondsPerToken());
  }

  @Test
  void everySavingButMultiTokenPredictionCostsWhenTakenAway() {
    TrainingPlan whole = planner.plan(run(1e12), reported);
    Map<Savings, TrainingPlan> without = planner.withoutEach(run(1e12), reported);
    for (Savings saving :
        Set.of(
            Savings.MIXTURE_OF_EXPERTS, Savings.LATENT_ATTENTION, Savings.FP8, Savings.DUAL_PIPE)) {
      assertThat(without.get(saving).deviceHours())
          .as(saving.name())
          .isGreaterThan(1.05 * whole.deviceHours());
    }
    assertThat(without.get(Savings.MIXTURE_OF_EXPERTS).deviceHours())
        .isGreaterThan(10 * whole.deviceHours());
    assertThat(without.get(Savings.MULTI_TOKEN_PREDICTION).deviceHours())
        .isLessThan(whole.deviceHours());
  }

  @Test
  void sendsTokensToTwiceAsManyNodesWithoutTheLimit() {
    TokenWork limited = new TokenWork(config, Savings.all());
    TokenWork free = new TokenWork(config, run(1).without(Savings.NODE_LIMITED_ROUTING).savings());
    assertThat(free.copiesSent(8) / limited.copiesSent(8)).isBetween(1.2, 2.0);
  }

  @Test
  void sharesSumToOne() {
    TrainingPlan plan = planner.plan(run(1e12), reported);
    double sum = plan.seconds().keySet().stream().mapToDouble(plan::share).sum();
    assertThat(sum).isCloseTo(1, within(1e-9));
  }

  @Test
  void cachesTheLatentInsteadOfAllHeads() {
    TokenWork latent = new TokenWork(config, Savings.all());
    TokenWork full = new TokenWork(config, run(1).without(Savings.LATENT_ATTENTION).savings());
    assertThat(latent.cacheNumbers()).isEqualTo(61.0 * 576);
    assertThat(full.cacheNumbers() / latent.cacheNumbers()).isGreaterThan(50);
  }
}
