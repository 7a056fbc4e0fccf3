package fathom.training;

import fathom.evaluation.Task;
import fathom.generation.Engine;
import fathom.generation.EngineOptions;
import fathom.generation.FinishReason;
import fathom.generation.GenerationHandle;
import fathom.generation.GenerationListener;
import fathom.generation.GenerationRequest;
import fathom.generation.GenerationResult;
import fathom.generation.SamplingParameters;
import fathom.generation.TokenLogProbabilities;
import fathom.model.CacheLayout;
import fathom.model.DecoderModel;
import fathom.model.ModelOptions;
import fathom.tensor.Kernels;
import fathom.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// Has the policy answer tasks: the engine that also serves users, over the very weights that the
/// optimiser moves, without a copy. Nothing is kept from one call to the next but the memory, since
/// what an older policy has cached is of no use to a newer one.
///
/// The weights must not move while answers are written.
final class RolloutEngine implements AutoCloseable {
  private static final long MOST_CACHE_BYTES = 2L << 30;
  private static final int PROMPT_TOKENS_OF_A_STEP = 4096;
  private static final int MOST_WAITING = 1 << 20;

  private final Engine engine;
  private final Tokenizer tokenizer;
  private final RolloutPrompt.Writer writer;
  private final GrpoRecipe.RolloutRecipe recipe;

  /// @param model closed with the engine
  RolloutEngine(
      DecoderModel model,
      Tokenizer tokenizer,
      GrpoRecipe.PromptStyle style,
      GrpoRecipe.RolloutRecipe recipe) {
    this.tokenizer = tokenizer;
    this.recipe = recipe;
    writer = RolloutPrompt.writer(style, tokenizer);
    engine = Engine.open(model, tokenizer, options(model, recipe));
  }

  /// The engine of a model that is being trained.
  static RolloutEngine over(
      TrainedModel trained, Tokenizer tokenizer, GrpoRecipe recipe, Kernels kernels) {
    DecoderModel model = DecoderModel.of(trained.stack(), kernels, ModelOptions.defaults());
    return new RolloutEngine(model, tokenizer, recipe.tasks().prompt(), recipe.rollout());
  }

  private static EngineOptions options(DecoderModel model, GrpoRecipe.RolloutRecipe recipe) {
    int context =
        Math.min(model.config().maxPositions(), recipe.promptTokens() + recipe.maxTokens());
    CacheLayout layout = model.cacheLayout();
    long each = (layout.blocks(context) + 1L) * layout.blockBytes();
    long memory = Math.clamp(each * recipe.concurrent(), each, Math.max(each, MOST_CACHE_BYTES));
    // A clock that stands still: nothing is to depend on how long anything took.
    return new EngineOptions(
        context,
        new EngineOptions.BatchOptions(recipe.concurrent(), PROMPT_TOKENS_OF_A_STEP, MOST_WAITING),
        EngineOptions.CacheOptions.memory(memory),
        false,
        0,
        () -> 0);
  }

  /// Several sampled answers to each task.
  ///
  /// @return a group for each task
  /// @throws RecipeException if a task's prompt is too long
  List<List<Rollout>> sample(List<Task> tasks, long seed) {
    SamplingParameters.Builder sampling =
        SamplingParameters.builder()
            .temperature(recipe.temperature())
            .topP(1)
            .maxTokens(recipe.maxTokens())
            .logProbabilities(0);
    return answer(
        tasks,
        recipe.groupSize(),
        index -> sampling.seed(seed + (long) index * recipe.groupSize()).build());
  }

  /// The likeliest answer to each task.
  List<Rollout> greedy(List<Task> tasks) {
    SamplingParameters sampling = SamplingParameters.greedy(recipe.maxTokens());
    return answer(tasks, 1, index -> sampling).stream().map(List::getFirst).toList();
  }

  /// How the answers to a task are sampled.
  @FunctionalInterface
  private interface Sampling {
    SamplingParameters of(int index);
  }

  private List<List<Rollout>> answer(List<Task> tasks, int each, Sampling sampling) {
    List<RolloutPrompt> prompts = tasks.stream().map(writer::write).toList();
    prompts.forEach(this::requireFit);
    GenerationListener listener = token -> {};
    List<List<GenerationHandle>> handles = new ArrayList<>();
    engine.together(
        () -> {
          for (int i = 0; i < prompts.size(); i++) {
            GenerationRequest request =
                GenerationRequest.builder(prompts.get(i).ids())
                    .sampling(sampling.of(i))
                    .withoutText()
                    .uncached()
                    .build();
            handles.add(engine.submitGroup(request, Collections.nCopies(each, listener)));
          }
        });
    List<List<Rollout>> groups = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      RolloutPrompt prompt = prompts.get(i);
      groups.add(handles.get(i).stream().map(h -> rollout(prompt, h.await())).toList());
    }
    return groups;
  }

  private void requireFit(RolloutPrompt prompt) {
    int room = engine.options().contextTokens() - recipe.maxTokens();
    if (prompt.ids().length > room) {
      throw new RecipeException(
          "rollout.prompt_tokens",
          "expected prompts of at most %d tokens".formatted(room),
          "%d in task %s".formatted(prompt.ids().length, prompt.task().id()));
    }
  }

  private Rollout rollout(RolloutPrompt prompt, GenerationResult result) {
    int[] ids = result.ids();
    boolean ended = ids.length > 0 && tokenizer.specialTokens().isStop(ids[ids.length - 1]);
    String text = tokenizer.decode(ended ? Arrays.copyOf(ids, ids.length - 1) : ids);
    List<TokenLogProbabilities> reported = result.logProbabilities();
    float[] logProbs = new float[reported.size()];
    for (int i = 0; i < logProbs.length; i++) {
      logProbs[i] = reported.get(i).logProbability();
    }
    String reason = result.finishReason() == FinishReason.LENGTH ? "length" : "stop";
    return new Rollout(prompt, ids, logProbs, text, reason);
  }

  @Override
  public void close() {
    engine.close();
  }
}
