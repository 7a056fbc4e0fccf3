package fathom.model;

import fathom.checkpoint.Checkpoint;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.Workspace;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// A decoder of any of the [Architecture]s, ready to generate: DeepSeek V2 and V3, Qwen 2 and 3,
/// Llama 3.
public final class DecoderModel implements LanguageModel {
  private final DecoderStack stack;
  private final CacheLayout cacheLayout;
  private final Arena arena;
  private final Tape tape;
  private final Step step;
  private final Workspace carried = new Workspace();
  private @Nullable ForwardObserver observer;
  private @Nullable Variable lastState;
  private @Nullable Matrix lastHidden;

  private DecoderModel(DecoderStack stack, Kernels kernels, ModelOptions options, Arena arena) {
    this.stack = stack;
    this.arena = arena;
    this.tape = Tape.silent(kernels);
    this.step = new Step(tape);
    this.cacheLayout =
        stack.config().cacheLayout(options.cacheType(), Math.min(1, stack.drafts().size()));
  }

  /// A model over an open checkpoint, which must stay open as long as the model is used.
  ///
  /// @throws fathom.checkpoint.MalformedCheckpointException if the configuration or a tensor is
  ///   missing, or they contradict each other
  public static DecoderModel load(Checkpoint checkpoint, Kernels kernels, ModelOptions options) {
    ModelConfig config = config(checkpoint);
    Arena arena = Arena.ofShared();
    try {
      CheckpointBinding binding = new CheckpointBinding(checkpoint);
      DecoderStack stack =
          new DecoderStack(
              config,
              WeightLayout.of(config, checkpoint),
              options,
              arena,
              new ParameterSet(binding::bind));
      return new DecoderModel(stack, kernels, options, arena);
    } catch (RuntimeException fault) {
      arena.close();
      throw fault;
    }
  }

  /// The configuration of a checkpoint.
  ///
  /// @throws fathom.checkpoint.MalformedCheckpointException if there is none, or it is none
  public static ModelConfig config(Checkpoint checkpoint) {
    Path file =
        checkpoint.format() == Checkpoint.Format.GGUF
            ? checkpoint.path()
            : checkpoint.directory().resolve("config.json");
    return ModelConfig.of(checkpoint.config(), file);
  }

  /// A model over a stack whose parameters are bound: the weights that are being trained, for
  /// instance. Closing it leaves the stack alone.
  public static DecoderModel of(DecoderStack stack, Kernels kernels, ModelOptions options) {
    return new DecoderModel(stack, kernels, options, Arena.ofShared());
  }

  @Override
  public ModelConfig config() {
    return stack.config();
  }

  @Override
  public CacheLayout cacheLayout() {
    return cacheLayout;
  }

  /// The layers and their parameters.
  public DecoderStack stack() {
    return stack;
  }

  /// Lets somebody look on from the next step on, or with null nobody.
  public void observe(@Nullable ForwardObserver newObserver) {
    observer = newObserver;
  }

  @Override
  public Matrix forward(StepBatch batch) {
    start(batch);
    Variable x = stack.embedding().forward(tape, batch.ids());
    observeHidden(-1, x.value());
    List<DecoderLayer> layers = stack.layers();
    for (int layer = 0; layer < layers.size(); layer++) {
      x = layers.get(layer).forward(step, x);
      observeHidden(layer, x.value());
    }
    lastState = x;
    return logits(stack.head(), x, batch.outputRows());
  }

  @Override
  public Matrix draft(StepBatch batch, Matrix hidden) {
    if (stack.drafts().isEmpty()) {
      throw new IllegalStateException(
          "draft: expected a multi-token-prediction module, found none");
    }
    if (hidden.rows() != batch.rows() || hidden.columns() != config().hiddenSize()) {
      throw new IllegalArgumentException(
          "draft: expected states %d x %d, found %s"
              .formatted(batch.rows(), config().hiddenSize(), hidden));
    }
    // The states lie in the memory of the step before, which this one takes over.
    carried.reset();
    Matrix kept = carried.matrix(hidden.rows(), hidden.columns());
    kept.copyFrom(hidden);
    start(batch);
    MultiTokenPrediction module = stack.drafts().getFirst();
    Variable states = tape.variable(kept.rows(), kept.columns());
    states.value().copyFrom(kept);
    Variable x = module.forward(step, batch.ids(), states);
    return logits(module.sharedHead(), x, batch.outputRows());
  }

  private void start(StepBatch batch) {
    int vocabulary = config().vocabularySize();
    for (int id : batch.ids()) {
      if (id < 0 || id >= vocabulary) {
        throw new IllegalArgumentException(
            "step: expected token ids below %d, found %d".formatted(vocabulary, id));
      }
    }
    int positions = 0;
    List<Span> spans = batch.spans();
    for (int i = 0; i < spans.size(); i++) {
      Span span = spans.get(i);
      requireLayout(span.cache().layout());
      positions = Math.max(positions, span.startPosition() + span.rows());
    }
    stack.rope().require(positions);
    tape.reset();
    lastState = null;
    lastHidden = null;
    step.startCached(batch, observer);
  }

  private void requireLayout(CacheLayout found) {
    if (!found.equals(cacheLayout)) {
      throw new IllegalArgumentException(
          "step: expected cache blocks of %s, found %s".formatted(cacheLayout, found));
    }
  }

  private Matrix logits(LanguageModelHead head, Variable x, int[] outputRows) {
    Variable outputs = tape.variable(outputRows.length, x.columns());
    for (int row = 0; row < outputRows.length; row++) {
      RowOperations.copy(x.value(), outputRows[row], outputs.value(), row, 0);
    }
    if (outputRows.length == 0) {
      lastHidden = outputs.value();
      return tape.variable(0, config().vocabularySize()).value();
    }
    Variable normed = head.norm(tape, outputs);
    lastHidden = normed.value();
    observeHidden(config().layers(), normed.value());
    return head.logits(tape, normed).value();
  }

  private void observeHidden(int layer, Matrix state) {
    if (observer != null) {
      observer.hidden(layer, state);
    }
  }

  @Override
  public Matrix lastHidden() {
    if (lastHidden == null) {
      throw new IllegalStateException("last hidden: expected a step before, found none");
    }
    return lastHidden;
  }

  @Override
  public Matrix lastStates() {
    if (lastState == null) {
      throw new IllegalStateException("last states: expected forward() as last step, found none");
    }
    return stack.head().norm(tape, lastState).value();
  }

  @Override
  public OptionalInt draftLayer() {
    return stack.drafts().isEmpty() ? OptionalInt.empty() : OptionalInt.of(config().layers());
  }

  /// Bytes that the model holds for activations.
  public long workspaceBytes() {
    return tape.allocatedBytes() + carried.allocatedBytes();
  }

  @Override
  public void close() {
    tape.close();
    carried.close();
    arena.close();
  }
}
