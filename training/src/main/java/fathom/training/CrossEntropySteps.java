package fathom.training;

import fathom.model.TrainingBatch;
import fathom.model.TrainingLosses;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Steps that lower a cross-entropy by a [LearningPlan], whatever it is of: gradients over the
/// micro-batches, clipping, AdamW, the balancing of experts, the average of the weights, and now
/// and then a validation.
final class CrossEntropySteps implements AutoCloseable {
  private final LearningPlan plan;
  private final TrainedModel model;
  private final Kernels kernels;
  private final LearningSource source;
  private final WeightUpdate update;
  private final Optional<WeightAverage> average;
  private TrainingOptions options;
  private TrainingPass pass;
  private ExpertBalance balance;
  private @Nullable StepMeter meter;

  CrossEntropySteps(LearningPlan plan, TrainedModel model, LearningSource source, Kernels kernels) {
    this.plan = plan;
    this.model = model;
    this.source = source;
    this.kernels = kernels;
    if (plan.batch().fp8Weights()) {
      model.roundWeights(kernels.workers());
    }
    update =
        new WeightUpdate(
            model, plan.optimizer(), plan.schedule().over(plan.steps()), kernels.workers());
    float decay = plan.keeping().averageDecay();
    average =
        decay == 0
            ? Optional.empty()
            : Optional.of(
                new WeightAverage(model.parameters(), decay, kernels.workers(), model.arena()));
    options = plan.losses().options(0, plan.steps(), plan.batch().activations());
    pass = new TrainingPass(model.stack(), kernels, options);
    balance = new ExpertBalance(model.stack(), pass.statistics());
  }

  /// Everything but the weights that a step depends on.
  Map<String, Matrix> tensors() {
    Map<String, Matrix> tensors = new LinkedHashMap<>(update.moments());
    average.ifPresent(a -> a.values().forEach((name, m) -> tensors.put("average." + name, m)));
    return tensors;
  }

  /// Says how many updates were made.
  void restore(long updates) {
    update.restore(updates);
    model.moved();
  }

  /// Does a step, and validates if it is time for that.
  ObjectNode next(RunJournal journal) {
    ObjectNode line = step(journal);
    double busiest = balance.busiest();
    if (busiest > 0) {
      line.put("busiest_expert", busiest);
    }
    if (journal.isDue(plan.keeping().validateEvery(), plan.steps())) {
      MetricsLine.experts(line, balance);
      Optional<Validation> validation = source.validate(pass);
      if (validation.isPresent()) {
        line.put("val_loss", validation.get().loss());
        line.put("val_bits_per_byte", validation.get().bitsPerByte());
        journal.validated(validation.get().loss());
      }
    }
    return line;
  }

  private ObjectNode step(RunJournal journal) {
    int step = journal.state().step();
    StepMeter started = meter();
    chooseOptions(step);
    started.start();
    int sequences = plan.batch().at(step);
    List<TrainingBatch> batches = batches(journal.state().samples(), sequences);
    pass.statistics().reset();
    TrainingLosses losses = gradients(batches);
    journal.requireFinite(losses.total(), "loss");
    double norm = update.apply(step, journal);
    model.moved();
    balance.update(plan.losses().biasSpeed(step, plan.steps()), plan.losses().biasUpdate());
    average.ifPresent(WeightAverage::update);
    long tokens = batches.stream().mapToLong(batch -> batch.ids().length).sum();
    journal.advance(sequences, tokens);
    ObjectNode line =
        new MetricsLine(journal.state().step(), journal.state().tokens()).losses(losses).line();
    line.put("lr", update.rate(step)).put("grad_norm", norm);
    started.stop(batches, line);
    return line;
  }

  private StepMeter meter() {
    if (meter == null) {
      meter = new StepMeter(model.config(), kernels);
    }
    return meter;
  }

  /// λ changes once in a run; a pass is made for one λ.
  private void chooseOptions(int step) {
    TrainingOptions wanted = plan.losses().options(step, plan.steps(), plan.batch().activations());
    if (!wanted.equals(options)) {
      pass.close();
      options = wanted;
      pass = new TrainingPass(model.stack(), kernels, options);
      balance = new ExpertBalance(model.stack(), pass.statistics());
    }
  }

  private List<TrainingBatch> batches(long first, int sequences) {
    int micro = plan.batch().micro();
    List<TrainingBatch> batches = new ArrayList<>();
    for (int done = 0; done < sequences; done += micro) {
      batches.add(source.batch(first + done, Math.min(micro, sequences - done)));
    }
    return batches;
  }

  /// Each pass counts by what it has of the targets' weight, so that cutting a batch into passes
  /// changes nothing.
  private TrainingLosses gradients(List<TrainingBatch> batches) {
    double total = batches.stream().mapToDouble(TrainingBatch::totalWeight).sum();
    double[] sums = new double[5];
    for (TrainingBatch batch : batches) {
      float share = (float) (batch.totalWeight() / total);
      TrainingLosses losses = source.learn(pass, batch, share);
      sums[0] += share * losses.crossEntropy();
      sums[1] += share * losses.draftCrossEntropy();
      sums[2] += share * losses.balance();
      sums[3] += share * losses.zLoss();
      sums[4] += share * losses.total();
    }
    return new TrainingLosses(sums[0], sums[1], sums[2], sums[3], sums[4]);
  }

  /// Bytes of activations that the last step needed.
  long workspaceBytes() {
    return pass.workspaceBytes();
  }

  @Override
  public void close() {
    pass.close();
  }
}
