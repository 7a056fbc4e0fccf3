package fathom.training;

import fathom.model.TrainingBatch;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Trains a model from a data set by V3's recipe, in a run directory.
///
/// A run that is killed at any instant goes on from its last checkpoint and comes to the same
/// weights and metrics, bit for bit.
public final class Pretrainer implements Trainer {
  /// The name of such runs.
  static final String KIND = "train";

  private final TrainingRecipe recipe;
  private final Kernels kernels;
  private final TokenDataset dataset;
  private final TrainedModel model;
  private final CrossEntropySteps steps;
  private final RunJournal journal;

  private Pretrainer(RunDirectory run, TrainedModel model, TokenDataset dataset, Kernels kernels) {
    this.model = model;
    this.dataset = dataset;
    this.kernels = kernels;
    recipe = TrainingRecipe.of(run.resolved(), run.path().toString());
    model.requireFit(dataset.tokenizer(), "batch.length", recipe.batch().length());
    steps = new CrossEntropySteps(recipe, model, new Windows(), kernels);
    journal =
        new RunJournal(
            run, model, dataset.tokenizer(), steps.tensors(), recipe.keeping().keepLast());
  }

  /// Windows of the data set's text.
  private final class Windows implements LearningSource {
    private final BatchSampler sampler =
        new BatchSampler(
            dataset.training(),
            recipe.batch().length(),
            recipe.seed(),
            recipe.text().separateDocuments(),
            FillInTheMiddle.of(dataset.tokenizer(), recipe.text().fimRate()));

    @Override
    public TrainingBatch batch(long first, int count) {
      return sampler.batch(first, count);
    }

    @Override
    public Optional<Validation> validate(TrainingPass pass) {
      return Optional.of(Validation.measure(pass, dataset, recipe));
    }
  }

  /// Begins a run with fresh weights, or with those of a checkpoint.
  ///
  /// @param given the keys of the recipe that differ from the defaults
  /// @throws RecipeException if recipe, configuration and data do not fit together, or there is a
  ///   run already
  public static Pretrainer start(
      RunDirectory run, InitialModel initial, ObjectNode given, Path data, Kernels kernels) {
    TrainingRecipe recipe = TrainingRecipe.of(given, "recipe");
    TrainedModel model = initial.open(recipe.seed(), kernels);
    TokenDataset dataset = open(model, data);
    try {
      run.create(model.tree(), given, recipe.toJson(), RunDirectory.about(KIND, data));
      Pretrainer trainer = new Pretrainer(run, model, dataset, kernels);
      // Also before the first step there is something to go on from.
      trainer.journal.checkpoint();
      return trainer;
    } catch (RuntimeException e) {
      dataset.close();
      model.close();
      throw e;
    }
  }

  private static TokenDataset open(TrainedModel model, Path data) {
    try {
      return TokenDataset.open(data);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /// Goes on with a run from its last complete checkpoint.
  ///
  /// @throws RecipeException if there is no run with a checkpoint
  public static Pretrainer resume(RunDirectory run, Kernels kernels) {
    Path checkpoint = run.requireCheckpoint(KIND);
    TrainedModel model = TrainedModel.copy(checkpoint, kernels);
    TokenDataset dataset = open(model, run.dataset());
    try {
      Pretrainer trainer = new Pretrainer(run, model, dataset, kernels);
      trainer.journal.restore(checkpoint);
      trainer.steps.restore(trainer.journal.state().updates());
      return trainer;
    } catch (RuntimeException e) {
      dataset.close();
      model.close();
      throw e;
    }
  }

  /// The recipe that is followed.
  public TrainingRecipe recipe() {
    return recipe;
  }

  @Override
  public long parameters() {
    return model.parameters().count();
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
    public ObjectNode next() {
      return steps.next(journal);
    }

    @Override
    public void sample(JsonLog samples, TrainingListener listener) {
      int every = recipe.keeping().sampleEvery();
      if (every > 0 && journal.isDue(every, recipe.steps())) {
        String text = new SampleWriter(model.stack(), kernels, dataset.tokenizer()).write(recipe);
        ObjectNode line = MetricsLine.node();
        line.put("step", step()).put("text", text);
        samples.append(line);
        listener.sampled(step(), text);
      }
    }
  }

  /// Bytes of activations that the last step needed.
  public long workspaceBytes() {
    return steps.workspaceBytes();
  }

  @Override
  public void close() {
    steps.close();
    dataset.close();
    model.close();
  }
}
