package fathom.training;

import fathom.tensor.Kernels;
import fathom.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Teaches a model to answer as in conversations: supervised fine-tuning, R1's cold start. The loss
/// is on what the assistant writes alone.
///
/// A run is killed, resumed and laid out as a [Pretrainer]'s. With `tuning.lora_rank`, low-rank
/// adapters learn instead of the weights; the checkpoints have them merged, so that they load
/// everywhere, and beside, in `training/`, what the run needs to go on.
public final class SupervisedFineTuner implements Trainer {
  /// The name of such runs.
  static final String KIND = "sft";

  private static final String CHECKSUM = "checksum";

  private final FineTuningRecipe recipe;
  private final TrainedModel model;
  private final FineTuningTexts texts;
  private final Optional<TaughtTexts> taught;
  private final CrossEntropySteps steps;
  private final RunJournal journal;

  private SupervisedFineTuner(
      RunDirectory run,
      TrainedModel model,
      Tokenizer tokenizer,
      FineTuningTexts texts,
      Kernels kernels) {
    this.model = model;
    this.texts = texts;
    recipe = FineTuningRecipe.of(run.resolved(), run.path().toString());
    taught =
        recipe
            .teacher()
            .map(teacher -> TaughtTexts.open(teacher, texts, recipe, tokenizer, kernels));
    LearningSource source = taught.isPresent() ? taught.get() : texts;
    steps = new CrossEntropySteps(recipe, model, source, kernels);
    journal =
        new RunJournal(
            run, model, tokenizer, model.with(steps.tensors()), recipe.keeping().keepLast());
  }

  /// Begins a run with the weights of a model.
  ///
  /// @param from the model, its tokenizer with a chat template
  /// @param data conversations: a file of JSON lines, or a directory of them
  /// @param given the keys of the recipe that differ from the defaults
  /// @throws RecipeException if recipe, model and data do not fit together, or there is a run
  ///   already
  public static SupervisedFineTuner start(
      RunDirectory run, StartingPoint from, Path data, ObjectNode given, Kernels kernels) {
    Tokenizer tokenizer = from.tokenizer();
    FineTuningRecipe wanted = FineTuningRecipe.of(given, "recipe");
    TrainedModel model = TrainedModel.copy(from.model(), kernels);
    try {
      model.requireFit(tokenizer, "batch.length", wanted.batch().length());
      FineTuningTexts texts = FineTuningTexts.read(data, tokenizer, wanted);
      model.adapt(wanted.tuning().loraRank(), wanted.tuning().loraAlpha(), wanted.seed());
      ObjectNode about = RunDirectory.about(KIND, data);
      about.put("model", from.place()).put(CHECKSUM, texts.checksum());
      about.put("too_long", texts.dropped());
      run.create(model.tree(), given, wanted.withSteps(texts.steps()).toJson(), about);
      SupervisedFineTuner tuner = new SupervisedFineTuner(run, model, tokenizer, texts, kernels);
      tuner.journal.checkpoint();
      return tuner;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /// Goes on with a run from its last complete checkpoint.
  ///
  /// @throws RecipeException if there is no such run with a checkpoint, or its data have changed
  public static SupervisedFineTuner resume(RunDirectory run, Kernels kernels) {
    Path checkpoint = run.requireCheckpoint(KIND);
    FineTuningRecipe recipe = FineTuningRecipe.of(run.resolved(), run.path().toString());
    TrainedModel model = TrainedModel.copy(checkpoint, kernels);
    try {
      Tokenizer tokenizer = Tokenizer.open(checkpoint);
      FineTuningTexts texts = FineTuningTexts.read(run.dataset(), tokenizer, recipe);
      if (texts.checksum() != run.about().path(CHECKSUM).asLong()) {
        throw new RecipeException(
            run.dataset().toString(),
            "expected the conversations that the run began with",
            "others");
      }
      model.adapt(recipe.tuning().loraRank(), recipe.tuning().loraAlpha(), recipe.seed());
      SupervisedFineTuner tuner = new SupervisedFineTuner(run, model, tokenizer, texts, kernels);
      tuner.journal.restore(checkpoint);
      tuner.steps.restore(tuner.journal.state().updates());
      return tuner;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /// The recipe that is followed.
  public FineTuningRecipe recipe() {
    return recipe;
  }

  @Override
  public long parameters() {
    return model.trained();
  }

  @Override
  public String remark() {
    return texts.dropped() == 0
        ? ""
        : "%d texts are left out, as they are longer than batch.length".formatted(texts.dropped());
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
    journal.run(
        recipe.steps(), recipe.keeping().checkpointEvery(), () -> steps.next(journal), listener);
  }

  @Override
  public void close() {
    steps.close();
    taught.ifPresent(TaughtTexts::close);
    model.close();
  }
}
