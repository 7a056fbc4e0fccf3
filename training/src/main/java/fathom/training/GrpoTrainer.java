package fathom.training;

import fathom.evaluation.SuiteReader;
import fathom.evaluation.Task;
import fathom.model.TokenScores;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Teaches a model to reason by Group Relative Policy Optimization (DeepSeekMath, arXiv 2402.03300;
/// DeepSeek-R1): the model answers each task several times, rules reward the answers, and the
/// weights move towards answers that are better than the mean of their group.
///
/// Roll-outs come from an engine over the very weights that are trained. Groups whose rewards are
/// all the same are dropped, and answers that were cut off take part in the mean of their group but
/// not in the loss. Routers' biases stay as they are.
///
/// A run is killed, resumed and laid out as a [Pretrainer]'s.
public final class GrpoTrainer implements Trainer {
  /// The name of such runs.
  static final String KIND = "rl";

  private final GrpoRecipe recipe;
  private final TrainedModel model;
  private final TaskSource tasks;
  private final RolloutEngine engine;
  private final Rewards rewards;
  private final TrainingPass pass;
  private final WeightUpdate update;
  private final @Nullable ReferencePolicy reference;
  private final HeldOutTasks heldOut;
  private final RunJournal journal;

  /// Where tasks and rewards come from.
  ///
  /// @param suites reads tasks that are not generated
  /// @param rewards functions that a recipe may name; see [Rewards#builtIn()]
  public record Rules(SuiteReader suites, List<RewardFunction> rewards) {
    /// Copies the list.
    public Rules {
      rewards = List.copyOf(rewards);
    }
  }

  private GrpoTrainer(
      RunDirectory run, TrainedModel model, Tokenizer tokenizer, Rules rules, Kernels kernels) {
    this.model = model;
    recipe = GrpoRecipe.of(run.resolved(), run.path().toString());
    tasks = TaskSource.of(run.source(), recipe.tasks(), recipe.seed(), rules.suites());
    rewards = Rewards.of(recipe.tasks().rewards(), rules.rewards());
    update =
        new WeightUpdate(
            model, recipe.optimizer(), recipe.schedule().over(recipe.steps()), kernels.workers());
    reference = recipe.objective().beta() == 0 ? null : new ReferencePolicy(model, kernels);
    engine = RolloutEngine.over(model, tokenizer, recipe, kernels);
    pass = new TrainingPass(model.stack(), kernels, TrainingOptions.plain());
    heldOut = new HeldOutTasks(tasks.heldOut(recipe.keeping().validationTasks()), engine);
    journal = new RunJournal(run, model, tokenizer, tensors(), recipe.keeping().keepLast());
  }

  private Map<String, Matrix> tensors() {
    Map<String, Matrix> tensors = new LinkedHashMap<>(update.moments());
    if (reference != null) {
      tensors.putAll(reference.tensors());
    }
    return tensors;
  }

  /// Begins a run with the weights of a model.
  ///
  /// @param from the model
  /// @param data `generated`, names of families of generated tasks, a file of tasks, or the name of
  ///   a published suite
  /// @param given the keys of the recipe that differ from the defaults
  /// @throws RecipeException if recipe, model and tasks do not fit together, or there is a run
  ///   already
  public static GrpoTrainer start(
      RunDirectory run,
      StartingPoint from,
      String data,
      ObjectNode given,
      Rules rules,
      Kernels kernels) {
    GrpoRecipe recipe = GrpoRecipe.of(given, "recipe");
    Rewards.of(recipe.tasks().rewards(), rules.rewards());
    TaskSource.of(data, recipe.tasks(), recipe.seed(), rules.suites());
    TrainedModel model = TrainedModel.copy(from.model(), kernels);
    try {
      Tokenizer tokenizer = from.tokenizer();
      model.requireFit(tokenizer, "rollout.max_tokens", recipe.rollout().maxTokens() + 1);
      boolean file = Files.exists(Path.of(data));
      String place = file ? Path.of(data).toAbsolutePath().toString() : data;
      ObjectNode about = RunDirectory.about(KIND, place);
      about.put("model", from.place());
      run.create(model.tree(), given, recipe.toJson(), about);
      GrpoTrainer trainer = new GrpoTrainer(run, model, tokenizer, rules, kernels);
      trainer.journal.checkpoint();
      return trainer;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /// Goes on with a run from its last complete checkpoint.
  ///
  /// @throws RecipeException if there is no such run with a checkpoint
  public static GrpoTrainer resume(RunDirectory run, Rules rules, Kernels kernels) {
    Path checkpoint = run.requireCheckpoint(KIND);
    TrainedModel model = TrainedModel.copy(checkpoint, kernels);
    try {
      Tokenizer tokenizer = Tokenizer.open(checkpoint);
      GrpoTrainer trainer = new GrpoTrainer(run, model, tokenizer, rules, kernels);
      trainer.journal.restore(checkpoint);
      trainer.update.restore(trainer.journal.state().updates());
      return trainer;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /// The recipe that is followed.
  public GrpoRecipe recipe() {
    return recipe;
  }

  @Override
  public long parameters() {
    return model.trained();
  }

  @Override
  public int step() {
    return journal.state().step();
  }

  @Override
  public int steps() {
    return recipe.steps();
  }

  @Override
  public void train(TrainingListener listener) {
    journal.run(recipe.steps(), recipe.keeping().checkpointEvery(), new Work(), listener);
  }

  private final class Work implements RunSteps {
    @Override
    public void before(JsonLog metrics, JsonLog samples, TrainingListener listener) {
      ObjectNode line = new MetricsLine(0, 0).line();
      heldOut.measure(line);
      metrics.append(line);
      sample(samples, listener);
    }

    @Override
    public ObjectNode next() {
      ObjectNode line = trainStep();
      if (journal.isDue(recipe.keeping().validateEvery(), recipe.steps())) {
        heldOut.measure(line).ifPresent(accuracy -> journal.validated(1 - accuracy));
      }
      return line;
    }

    @Override
    public void sample(JsonLog samples, TrainingListener listener) {
      List<ObjectNode> kept = heldOut.samples(recipe.keeping().samples());
      for (ObjectNode sample : kept) {
        sample.put("step", step());
        samples.append(sample);
      }
      if (!kept.isEmpty()) {
        listener.sampled(step(), kept.getFirst().path("text").asString());
      }
    }
  }

  private ObjectNode trainStep() {
    int step = step();
    if (reference != null && step % recipe.objective().referenceEvery() == 0) {
      reference.refresh();
    }
    long started = System.nanoTime();
    List<List<Rollout>> rollouts =
        engine.sample(practice(step), Permutation.mix(recipe.seed() ^ Permutation.mix(step)));
    double sampled = seconds(started);
    RolloutGroups groups = new RolloutGroups(rollouts, rewards, recipe, step);
    long updating = System.nanoTime();
    GrpoLoss loss = new GrpoLoss(recipe.objective());
    double norm = learn(groups, loss);
    double updated = seconds(updating);
    journal.advance(groups.answers(), groups.tokens());
    ObjectNode line = new MetricsLine(step(), journal.state().tokens()).line();
    loss.describe(line);
    groups.describe(line);
    line.put("lr", update.rate(step)).put("grad_norm", norm);
    line.put("rollout_tokens_per_second", groups.tokens() / sampled);
    line.put("tokens_per_second", loss.tokens() / updated);
    return line;
  }

  private static double seconds(long since) {
    return Math.max(1, System.nanoTime() - since) * 1e-9;
  }

  private List<Task> practice(int step) {
    List<Task> some = new ArrayList<>();
    int prompts = recipe.rollout().prompts();
    for (int i = 0; i < prompts; i++) {
      some.add(tasks.task((long) step * prompts + i));
    }
    return some;
  }

  /// Goes through the answers as often as the recipe says; gives the norm of the last gradients.
  private double learn(RolloutGroups groups, GrpoLoss loss) {
    List<List<PolicyBatch>> parts = groups.cut();
    boolean moves = recipe.objective().epochs() * parts.size() > 1;
    for (List<PolicyBatch> part : parts) {
      for (PolicyBatch batch : part) {
        if (moves) {
          batch.setOld(pass.score(batch.batch()));
        }
        if (reference != null) {
          batch.setReference(reference.score(batch.batch()));
        }
      }
    }
    double norm = 0;
    for (int epoch = 0; epoch < recipe.objective().epochs(); epoch++) {
      for (List<PolicyBatch> part : parts) {
        for (PolicyBatch batch : part) {
          TokenScores scores = pass.score(batch.batch());
          pass.backward(loss.add(batch, scores));
        }
        journal.requireFinite(loss.loss(), "loss");
        norm = update.apply(step(), journal);
      }
    }
    return norm;
  }

  @Override
  public void close() {
    engine.close();
    pass.close();
    if (reference != null) {
      reference.close();
    }
    model.close();
  }
}
