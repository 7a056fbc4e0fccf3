package fathom.training;

import fathom.model.ModelConfig;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Plans training runs from first principles: operations over achieved rates, bytes over achieved
/// bandwidths, and what overlaps with what (DeepSeek-V3 report, sections 2 and 3).
public final class TrainingPlanner {
  private static final double MAX_PIPELINE = 64;

  private final ModelConfig config;
  private final Efficiencies efficiencies;

  /// A planner for a model, with the efficiencies that programs are assumed to reach.
  public TrainingPlanner(ModelConfig config, Efficiencies efficiencies) {
    this.config = config;
    this.efficiencies = efficiencies;
  }

  /// The plan with the layout that is fastest among those that fit; if none fits, the one that
  /// needs least memory.
  public TrainingPlan best(RunShape run) {
    Optional<TrainingPlan> fastest =
        layouts(run)
            .map(layout -> plan(run, layout))
            .filter(TrainingPlan::fits)
            .min(Comparator.comparingDouble(TrainingPlan::secondsPerToken));
    return fastest.orElseGet(
        () ->
            layouts(run)
                .map(layout -> plan(run, layout))
                .min(Comparator.comparingDouble(TrainingPlan::memoryPerDevice))
                .orElseThrow());
  }

  private Stream<ParallelLayout> layouts(RunShape run) {
    TokenWork work = new TokenWork(config, run.savings());
    return IntStream.rangeClosed(1, (int) Math.min(MAX_PIPELINE, work.allLayers()))
        .filter(pipeline -> run.count() % pipeline == 0)
        .boxed()
        .flatMap(pipeline -> layouts(pipeline, run.count() / pipeline));
  }

  private Stream<ParallelLayout> layouts(int pipeline, int data) {
    int experts = config.feedForward().experts().map(moe -> moe.router().experts()).orElse(1);
    return IntStream.iterate(1, e -> e <= Math.min(experts, data), e -> 2 * e)
        .filter(expert -> data % expert == 0)
        .mapToObj(expert -> new ParallelLayout(pipeline, data, expert));
  }

  /// The plan with a given layout.
  public TrainingPlan plan(RunShape run, ParallelLayout layout) {
    TokenWork work = new TokenWork(config, run.savings());
    return new TrainingPlan(layout, run, memory(run, layout, work), seconds(run, layout, work));
  }

  /// What each saving is worth: the plan without it, as a multiple of the device-hours with it.
  public Map<Savings, TrainingPlan> withoutEach(RunShape run, ParallelLayout layout) {
    Map<Savings, TrainingPlan> plans = new EnumMap<>(Savings.class);
    for (Savings saving : run.savings()) {
      plans.put(saving, plan(run.without(saving), layout));
    }
    return plans;
  }

  // ---- time, in device-seconds of one token
  // ---------------------------------------------------------

  private Map<String, Double> seconds(RunShape run, ParallelLayout layout, TokenWork work) {
    Device device = run.device();
    boolean fp8 = run.savings().contains(Savings.FP8) && device.fp8Flops() > device.bf16Flops();
    double linearRate =
        fp8
            ? device.fp8Flops() * efficiencies.fp8Products()
            : device.bf16Flops() * efficiencies.bf16Products();
    Map<String, Double> seconds = new LinkedHashMap<>();
    seconds.put("linear layers", work.linearFlops() / linearRate);
    seconds.put("head", work.headFlops() / (device.bf16Flops() * efficiencies.bf16Products()));
    seconds.put(
        "attention",
        work.attentionFlops(run.length()) / (device.bf16Flops() * efficiencies.attention()));
    seconds.put("recomputation", recomputation(work) / linearRate);
    seconds.put(
        "norms, gates, casts",
        work.elementwiseBytes() / (device.memoryBandwidth() * efficiencies.memory()));
    double computing = sum(seconds);
    seconds.put("expert exchange", exposedExchange(run, layout, work, computing));
    seconds.put("gradient exchange", gradientExchange(run, layout, work));
    seconds.put("optimiser", optimiser(run, layout, work));
    seconds.put("pipeline bubbles", sum(seconds) * bubbles(run, layout));
    return seconds;
  }

  private static double sum(Map<String, Double> parts) {
    return parts.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /// The up-projections of latent attention are computed again in backward instead of being kept.
  private static double recomputation(TokenWork work) {
    return 2 * work.attentionParameters() * work.allLayers() / 3;
  }

  private double exposedExchange(
      RunShape run, ParallelLayout layout, TokenWork work, double computing) {
    int nodes = Math.ceilDiv(layout.expert(), run.device().links().perNode());
    double exchange =
        work.networkBytes(nodes)
            / (run.device().links().networkBandwidth() * efficiencies.network());
    return run.savings().contains(Savings.DUAL_PIPE) && layout.pipeline() > 1
        ? Math.max(0, exchange - computing)
        : exchange;
  }

  /// Gradients are summed and weights handed out once a step, in BF16, half of it behind backward.
  private double gradientExchange(RunShape run, ParallelLayout layout, TokenWork work) {
    double dense = held(work.denseParameters() + work.vocabularyParameters(), layout.pipeline());
    double routed = held(work.routedParameters(), layout.pipeline() * layout.expert());
    double bytes =
        4
            * (dense * exchanged(layout.data())
                + routed * exchanged(layout.data() / layout.expert()));
    double rate = run.device().links().networkBandwidth() * efficiencies.network();
    return perToken(bytes / rate / 2, run);
  }

  private static double exchanged(int copies) {
    return (copies - 1.0) / copies;
  }

  private static double held(double parameters, int parts) {
    return parameters / parts;
  }

  private static double perToken(double secondsOfStep, RunShape run) {
    return secondsOfStep * run.count() / ((double) run.batch() * run.length());
  }

  /// One pass over master weights, gradients and two moments.
  private double optimiser(RunShape run, ParallelLayout layout, TokenWork work) {
    double parameters = work.totalParameters() / run.count();
    double bytes = parameters * (4 + 4 + 4) * 2;
    assert layout.devices() == run.count();
    return perToken(bytes / (run.device().memoryBandwidth() * efficiencies.memory()), run);
  }

  /// Idle share of a pipeline: `(PP / 2 - 1)(F&B + B - 3W)` for DualPipe against `(PP - 1)(F + B)`
  /// for one forward, one backward (V3 report, table 2), with B = 2 F and W = F, over the
  /// micro-batches' `F + B` each.
  private static double bubbles(RunShape run, ParallelLayout layout) {
    int stages = layout.pipeline();
    if (stages == 1) {
      return 0;
    }
    double microBatches = Math.max(1, (double) run.batch() / layout.data());
    double idle =
        run.savings().contains(Savings.DUAL_PIPE)
            ? (stages / 2.0 - 1) * (3.0 + 2.0 - 3.0) / 3.0
            : stages - 1.0;
    return idle / microBatches;
  }

  // ---- memory of one device
  // -------------------------------------------------------------------------

  private Map<String, Double> memory(RunShape run, ParallelLayout layout, TokenWork work) {
    double dense = held(work.denseParameters() + work.vocabularyParameters(), layout.pipeline());
    double routed = held(work.routedParameters(), layout.pipeline() * layout.expert());
    double copies = run.savings().contains(Savings.DUAL_PIPE) && layout.pipeline() > 1 ? 2 : 1;
    boolean fp8 = run.savings().contains(Savings.FP8);
    Map<String, Double> memory = new LinkedHashMap<>();
    memory.put("weights", copies * (dense + routed) * (fp8 ? 1 : 2));
    memory.put("gradients", (dense + routed) * 4);
    // float32 master weights, moments in BF16
    double states = dense / layout.data() + routed / (layout.data() / (double) layout.expert());
    memory.put("optimiser states", states * (4 + 2 + 2));
    memory.put("activations", activations(run, layout, work, fp8));
    return memory;
  }

  /// Inputs of the linear layers of all micro-batches under way, in the format of the products.
  private double activations(RunShape run, ParallelLayout layout, TokenWork work, boolean fp8) {
    double hidden = config.hiddenSize();
    double inner =
        config
            .feedForward()
            .experts()
            .map(
                moe ->
                    (double) moe.intermediateSize()
                        * 2
                        * (moe.router().expertsPerToken() + moe.sharedExperts()))
            .orElse(2.0 * config.feedForward().intermediateSize());
    double numbers =
        hidden * (4 + work.expertsPerToken()) + inner + work.cacheNumbers() / config.layers();
    double layers = Math.ceil(work.allLayers() / (double) layout.pipeline());
    double microBatches = Math.max(1, (double) run.batch() / layout.data());
    double underWay = Math.min(microBatches, layout.pipeline() + 1.0);
    return numbers * (fp8 ? 1 : 2) * layers * run.length() * underWay;
  }
}
