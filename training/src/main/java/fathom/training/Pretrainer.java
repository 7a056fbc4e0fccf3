package fathom.training;

import fathom.model.TrainingBatch;
import fathom.model.TrainingLosses;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Trains a model from a data set by V3's recipe, in a run directory.
///
/// A run that is killed at any instant goes on from its last checkpoint and comes to the same
/// weights and metrics, bit for bit: everything that a step depends on is in the checkpoint or
/// follows from the seed and the number of the step.
public final class Pretrainer implements AutoCloseable {
  private final RunDirectory run;
  private final TrainingRecipe recipe;
  private final Kernels kernels;
  private final TokenDataset dataset;
  private final TrainedModel model;
  private final AdamW optimizer;
  private final GradientClipping clipping;
  private final LearningRateSchedule schedule;
  private final Optional<WeightAverage> average;
  private final BatchSampler sampler;
  private RunState state;
  private TrainingOptions options;
  private TrainingPass pass;
  private ExpertBalance balance;
  private @Nullable StepMeter meter;

  private Pretrainer(RunDirectory run, TrainedModel model, TokenDataset dataset, Kernels kernels) {
    this.run = run;
    this.model = model;
    this.dataset = dataset;
    this.kernels = kernels;
    recipe = run.recipe();
    requireFit();
    optimizer =
        new AdamW(
            model.parameters(), recipe.optimizer().settings(), kernels.workers(), model.arena());
    clipping =
        new GradientClipping(model.parameters(), recipe.optimizer().clip(), kernels.workers());
    schedule = recipe.schedule().over(recipe.steps());
    float decay = recipe.keeping().averageDecay();
    average =
        decay == 0
            ? Optional.empty()
            : Optional.of(
                new WeightAverage(model.parameters(), decay, kernels.workers(), model.arena()));
    sampler =
        new BatchSampler(
            dataset.training(),
            recipe.batch().length(),
            recipe.seed(),
            recipe.text().separateDocuments(),
            FillInTheMiddle.of(dataset.tokenizer(), recipe.text().fimRate()));
    state = RunState.start();
    options = recipe.losses().options(0, recipe.steps(), recipe.batch().recompute());
    pass = new TrainingPass(model.stack(), kernels, options);
    balance = new ExpertBalance(model.stack(), pass.statistics());
  }

  private void requireFit() {
    int words = dataset.tokenizer().vocabularySize();
    if (words > model.config().vocabularySize()) {
      throw new RecipeException(
          "vocab_size",
          "expected at least the %d ids of the tokenizer".formatted(words),
          String.valueOf(model.config().vocabularySize()));
    }
    if (recipe.batch().length() > model.config().maxPositions()) {
      throw new RecipeException(
          "batch.length",
          "expected at most max_position_embeddings %d".formatted(model.config().maxPositions()),
          String.valueOf(recipe.batch().length()));
    }
  }

  /// Begins a run with fresh weights, or with those of a checkpoint.
  ///
  /// @param config the model's `config.json`; not looked at if there is a checkpoint
  /// @param given the keys of the recipe that differ from the defaults
  /// @param from a checkpoint to start from, or null
  /// @throws RecipeException if recipe, configuration and data do not fit together, or there is a
  ///   run already
  public static Pretrainer start(
      RunDirectory run,
      ObjectNode config,
      ObjectNode given,
      Path data,
      @Nullable Path from,
      Kernels kernels) {
    TrainingRecipe recipe = TrainingRecipe.of(given, "recipe");
    TrainedModel model =
        from == null
            ? TrainedModel.fresh(config, Path.of("config.json"), recipe.seed())
            : TrainedModel.copy(from, kernels);
    TokenDataset dataset = open(model, data);
    try {
      run.create(model.tree(), given, recipe, data);
      Pretrainer trainer = new Pretrainer(run, model, dataset, kernels);
      // Also before the first step there is something to go on from.
      trainer.checkpoint();
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
    Path checkpoint =
        run.newest()
            .filter(c -> run.exists())
            .orElseThrow(
                () ->
                    new RecipeException(
                        run.path().toString(), "expected a run with a checkpoint", "none"));
    TrainedModel model = TrainedModel.copy(checkpoint, kernels);
    TokenDataset dataset = open(model, run.dataset());
    try {
      Pretrainer trainer = new Pretrainer(run, model, dataset, kernels);
      trainer.restore(checkpoint);
      return trainer;
    } catch (RuntimeException e) {
      dataset.close();
      model.close();
      throw e;
    }
  }

  private void restore(Path checkpoint) {
    state = RunCheckpoint.readState(checkpoint);
    RunCheckpoint.readTensors(checkpoint, tensors());
    optimizer.restore(state.step());
    try {
      run.link(state);
    } catch (IOException e) {
      throw new TrainingException("cannot write " + run.checkpoints(), e);
    }
  }

  /// Everything but the weights that a step depends on.
  private Map<String, Matrix> tensors() {
    Map<String, Matrix> tensors = new LinkedHashMap<>(optimizer.moments());
    average.ifPresent(a -> a.values().forEach((name, m) -> tensors.put("average." + name, m)));
    return tensors;
  }

  /// The recipe that is followed.
  public TrainingRecipe recipe() {
    return recipe;
  }

  /// Numbers in the model.
  public long parameters() {
    return model.parameters().count();
  }

  /// Steps that are done.
  public int step() {
    return state.step();
  }

  /// Trains until the recipe's last step, or until the listener stops it.
  ///
  /// @throws TrainingException if the loss is no number or a file cannot be written; the last
  ///   checkpoint stays as it is
  public void train(TrainingListener listener) {
    try (JsonLog metrics = new JsonLog(run.metrics(), state.metricsBytes());
        JsonLog samples = new JsonLog(run.samples(), state.samplesBytes())) {
      boolean stopped = false;
      while (state.step() < recipe.steps() && !stopped) {
        ObjectNode line = measuredStep();
        metrics.append(line);
        listener.stepped(state.step(), recipe.steps(), line);
        sample(samples, listener);
        stopped = listener.stops();
        state = state.logged(metrics.size(), samples.size());
        if (stopped || isDue(recipe.keeping().checkpointEvery())) {
          metrics.force();
          samples.force();
          checkpoint();
        }
      }
    }
  }

  /// Whether something done every so many steps is to be done now; always after the last step.
  private boolean isDue(int every) {
    return state.step() % every == 0 || state.step() == recipe.steps();
  }

  private ObjectNode trainStep() {
    int step = state.step();
    StepMeter started = meter();
    chooseOptions(step);
    started.start();
    int sequences = recipe.batch().at(step);
    pass.statistics().reset();
    TrainingLosses losses = gradients(sequences);
    requireFinite(losses.total(), "loss");
    double norm = clipping.norm();
    requireFinite(norm, "norm of the gradients");
    float rate = schedule.at(step);
    optimizer.step(rate, clipping.factor(norm));
    balance.update(recipe.losses().biasSpeed(step, recipe.steps()));
    average.ifPresent(WeightAverage::update);
    state = state.advanced(sequences, recipe.batch().length());
    ObjectNode line = new MetricsLine(state.step(), state.tokens()).losses(losses).line();
    line.put("lr", rate).put("grad_norm", norm);
    started.stop((long) sequences * recipe.batch().length(), line);
    return line;
  }

  private ObjectNode measuredStep() {
    ObjectNode line = trainStep();
    double busiest = balance.busiest();
    if (busiest > 0) {
      line.put("busiest_expert", busiest);
    }
    if (isDue(recipe.keeping().validateEvery())) {
      MetricsLine.experts(line, balance);
      Validation validation =
          Validation.measure(
              pass,
              dataset,
              recipe.batch().length(),
              recipe.keeping().validationTokens(),
              recipe.batch().micro());
      line.put("val_loss", validation.loss());
      line.put("val_bits_per_byte", validation.bitsPerByte());
      state = state.validated(validation.loss());
    }
    return line;
  }

  private StepMeter meter() {
    if (meter == null) {
      meter = new StepMeter(model.config(), recipe.batch().length(), kernels);
    }
    return meter;
  }

  /// λ changes once in a run; a pass is made for one λ.
  private void chooseOptions(int step) {
    TrainingOptions wanted =
        recipe.losses().options(step, recipe.steps(), recipe.batch().recompute());
    if (!wanted.equals(options)) {
      pass.close();
      options = wanted;
      pass = new TrainingPass(model.stack(), kernels, options);
      balance = new ExpertBalance(model.stack(), pass.statistics());
    }
  }

  private TrainingLosses gradients(int sequences) {
    int micro = recipe.batch().micro();
    double[] sums = new double[5];
    for (int done = 0; done < sequences; done += micro) {
      int some = Math.min(micro, sequences - done);
      TrainingBatch batch = sampler.batch(state.samples() + done, some);
      float share = (float) some / sequences;
      TrainingLosses losses = pass.run(batch, share);
      sums[0] += share * losses.crossEntropy();
      sums[1] += share * losses.draftCrossEntropy();
      sums[2] += share * losses.balance();
      sums[3] += share * losses.zLoss();
      sums[4] += share * losses.total();
    }
    return new TrainingLosses(sums[0], sums[1], sums[2], sums[3], sums[4]);
  }

  private void requireFinite(double value, String what) {
    if (!Double.isFinite(value)) {
      throw new TrainingException(
          "step %d: expected a finite %s, found %s; the last good checkpoint is %s"
              .formatted(state.step() + 1, what, value, run.newest().orElse(run.checkpoints())));
    }
  }

  private void sample(JsonLog samples, TrainingListener listener) {
    int every = recipe.keeping().sampleEvery();
    if (every > 0 && isDue(every)) {
      String text = new SampleWriter(model.stack(), kernels, dataset.tokenizer()).write(recipe);
      ObjectNode line = MetricsLine.node();
      line.put("step", state.step()).put("text", text);
      samples.append(line);
      listener.sampled(state.step(), text);
    }
  }

  private void checkpoint() {
    try {
      Files.createDirectories(run.checkpoints());
      Path partial = run.beginCheckpoint(state.step());
      RunCheckpoint.write(partial, model, dataset.tokenizer(), tensors(), state);
      run.finishCheckpoint(partial, state, recipe.keeping().keepLast());
    } catch (IOException e) {
      throw new TrainingException("cannot write a checkpoint to " + run.checkpoints(), e);
    }
  }

  /// Bytes of activations that the last step needed.
  public long workspaceBytes() {
    return pass.workspaceBytes();
  }

  @Override
  public void close() {
    pass.close();
    dataset.close();
    model.close();
  }
}
