package fathom.model;

import fathom.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Forward and backward of a [DecoderStack] over packed sequences: adds to the gradients of its
/// parameters, which whoever trains allocates, clears and applies.
///
/// Two ways to use it. [#run] is for losses that are cross-entropies: pre-training, fine-tuning.
/// [#score] and then [#backward] are for losses that are functions of log-probabilities, as in
/// reinforcement learning: score, compute the loss's gradient with respect to each row's
/// log-probability, and give that to backward.
///
/// Memory for activations is kept from pass to pass. One thread at a time.
public final class TrainingPass implements AutoCloseable {
  private final DecoderStack stack;
  private final TrainingOptions options;
  private final Tape tape;
  private final Tape scratch;
  private final Step step;
  private final RouterStatistics statistics;
  private final LayerRunner runner;
  private final VocabularyLoss loss;
  private final List<VocabularyLoss> draftLosses = new ArrayList<>();
  private @Nullable TrainingBatch scored;
  private @Nullable Variable scoredStates;

  /// Training of a stack whose parameters are bound.
  public TrainingPass(DecoderStack stack, Kernels kernels, TrainingOptions options) {
    this.stack = stack;
    this.options = options;
    tape = Tape.recording(kernels);
    scratch = Tape.silent(kernels);
    step = new Step(tape);
    ModelConfig config = stack.config();
    int experts = config.feedForward().experts().map(moe -> moe.router().experts()).orElse(0);
    statistics =
        new RouterStatistics(
            config.layers() + stack.drafts().size(), experts, options.balanceLossFactor());
    runner = new LayerRunner(kernels, options.activations());
    loss = new VocabularyLoss(scratch, stack.head().weight());
    for (MultiTokenPrediction module : stack.drafts()) {
      draftLosses.add(new VocabularyLoss(scratch, module.sharedHead().weight()));
    }
  }

  /// Expert loads and balance loss since they were last reset.
  public RouterStatistics statistics() {
    return statistics;
  }

  /// Bytes held for activations and their gradients.
  public long workspaceBytes() {
    return tape.allocatedBytes() + scratch.allocatedBytes() + runner.allocatedBytes();
  }

  /// The losses of a batch, and their gradients times `scale` added to the parameters'.
  ///
  /// @param scale one over the number of batches that are added up before the parameters move
  public TrainingLosses run(TrainingBatch batch, float scale) {
    return run(batch, scale, null);
  }

  /// The same with a teacher, whose part of the loss is in the total.
  ///
  /// @throws IllegalArgumentException if the teacher has another vocabulary
  public TrainingLosses run(TrainingBatch batch, float scale, @Nullable SoftTargets teacher) {
    float share = teacher == null ? 1 : 1 - teacher.weight();
    if (teacher != null) {
      teacher.requireVocabulary(stack.config().vocabularySize());
      teacher.read(batch);
    }
    double balanceBefore = statistics.balanceLoss();
    statistics.setGradientScale(scale);
    Variable states = forward(batch);
    CrossEntropy main =
        new CrossEntropy(batch, batch.targets(), share * scale, options.zLossFactor());
    VocabularyLoss.RowGradients rows =
        teacher == null ? main : new TaughtRows(main, teacher, scale);
    TokenScores scores = loss.run(states, batch.targets(), rows);
    double drafts = options.draftLossWeight() == 0 ? 0 : drafts(batch, states, scale);
    tape.backward();
    double crossEntropy = main.crossEntropy(scores);
    double zLoss = main.zLoss(scores);
    double balance = statistics.balanceLoss() - balanceBefore;
    double taught = teacher == null ? 0 : teacher.weight() * teacher.divergence(main);
    double total =
        share * (crossEntropy + zLoss) + taught + options.draftLossWeight() * drafts + balance;
    return new TrainingLosses(crossEntropy, drafts, balance, zLoss, total);
  }

  /// Mean cross-entropy of the modules; their gradients go back into `states` and beyond.
  private double drafts(TrainingBatch batch, Variable states, float scale) {
    int modules = stack.drafts().size();
    double sum = 0;
    Variable before = states;
    for (int module = 0; module < modules; module++) {
      MultiTokenPrediction draft = stack.drafts().get(module);
      int[] following = withoutGaps(batch.idsAhead(module + 1));
      int[] targets = batch.targetsAhead(module + 1);
      Variable x = draft.forward(step, following, before, runner);
      Variable normed = draft.sharedHead().norm(tape, x);
      float weight = scale * options.draftLossWeight() / modules;
      CrossEntropy crossEntropy = new CrossEntropy(batch, targets, weight, 0);
      sum += crossEntropy.crossEntropy(draftLosses.get(module).run(normed, targets, crossEntropy));
      before = normed;
    }
    return modules == 0 ? 0 : sum / modules;
  }

  /// Rows at the end of a sequence have no token to look ahead to; nothing is asked of them.
  private static int[] withoutGaps(int[] ids) {
    for (int row = 0; row < ids.length; row++) {
      ids[row] = Math.max(ids[row], 0);
    }
    return ids;
  }

  /// Runs the model over a batch and gives the log-probabilities of its targets; [#backward] may
  /// follow.
  public TokenScores score(TrainingBatch batch) {
    statistics.setGradientScale(1);
    Variable states = forward(batch);
    scored = batch;
    scoredStates = states;
    return loss.run(states, batch.targets(), null);
  }

  /// Adds to the parameters' gradients what the loss's gradient with respect to the
  /// log-probabilities of the batch last scored gives. Once for each [#score].
  ///
  /// @param dLogProbs for each row the derivative of the loss by the log-probability of its target
  /// @throws IllegalStateException if no batch was scored before
  public void backward(float[] dLogProbs) {
    if (scored == null || scoredStates == null) {
      throw new IllegalStateException("backward: expected a scored batch, found none");
    }
    if (dLogProbs.length != scored.ids().length) {
      throw new IllegalArgumentException(
          "backward: expected %d gradients, found %d"
              .formatted(scored.ids().length, dLogProbs.length));
    }
    loss.run(scoredStates, scored.targets(), new GivenGradients(dLogProbs));
    tape.backward();
    scored = null;
    scoredStates = null;
  }

  /// The cross-entropy and what a teacher has to say.
  private record TaughtRows(CrossEntropy main, SoftTargets teacher, float scale)
      implements VocabularyLoss.RowGradients {
    @Override
    public float ofLogProb(int row) {
      return main.ofLogProb(row);
    }

    @Override
    public float ofLogSumExp(int row, float logSumExp) {
      return main.ofLogSumExp(row, logSumExp);
    }

    @Override
    public float ofTeacher(int row) {
      return (float) (scale * main.share(row));
    }
  }

  /// States after the final norm, for a student to compare with.
  Variable read(TrainingBatch batch) {
    statistics.setGradientScale(0);
    return forward(batch);
  }

  /// From states to the vocabulary.
  Parameter head() {
    return stack.head().weight();
  }

  private static final class GivenGradients implements VocabularyLoss.RowGradients {
    private final float[] dLogProbs;

    GivenGradients(float[] dLogProbs) {
      this.dLogProbs = dLogProbs;
    }

    @Override
    public float ofLogProb(int row) {
      return dLogProbs[row];
    }

    @Override
    public float ofLogSumExp(int row, float logSumExp) {
      return 0;
    }
  }

  /// States after the final norm `[tokens, hidden]`.
  private Variable forward(TrainingBatch batch) {
    requireIds(batch.ids());
    tape.reset();
    scratch.reset();
    runner.reset();
    scored = null;
    scoredStates = null;
    stack.rope().require(batch.packing().longest());
    step.startPacked(batch.packing(), statistics);
    Variable x = stack.embedding().forward(tape, batch.ids());
    for (DecoderLayer layer : stack.layers()) {
      x = runner.forward(step, layer, x);
    }
    return stack.head().norm(tape, x);
  }

  private void requireIds(int[] ids) {
    int vocabulary = stack.config().vocabularySize();
    for (int id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw new IllegalArgumentException(
            "training batch: expected token ids below %d, found %d".formatted(vocabulary, id));
      }
    }
  }

  @Override
  public void close() {
    tape.close();
    scratch.close();
    runner.close();
  }
}
