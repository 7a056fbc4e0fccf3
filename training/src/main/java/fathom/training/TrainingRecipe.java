package fathom.training;

import fathom.model.Activations;
import fathom.model.TrainingOptions;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/// Everything about a pre-training run but the model and the text. Written as JSON with the same
/// names in snake case; what a recipe leaves out has the value of [#defaults()]
/// (`docs/training.md`).
///
/// @param steps optimiser steps
/// @param seed of fresh weights and of the order of the data
/// @param batch how much text a step sees
/// @param optimizer AdamW and clipping
/// @param schedule learning rate
/// @param losses what is added to the cross-entropy, and the balancing of experts
/// @param text preparation of the text
/// @param keeping how often is validated, sampled, kept
public record TrainingRecipe(
    int steps,
    long seed,
    BatchRecipe batch,
    OptimizerRecipe optimizer,
    ScheduleRecipe schedule,
    LossRecipe losses,
    TextRecipe text,
    KeepingRecipe keeping)
    implements LearningPlan {
  /// Checks the number of steps.
  public TrainingRecipe {
    if (steps < 1) {
      throw new RecipeException("steps", "expected at least 1", String.valueOf(steps));
    }
  }

  /// How much text a step sees.
  ///
  /// @param sequences sequences of a step
  /// @param length tokens of a sequence
  /// @param microSequences sequences of a pass: gradients of several passes are added up; 0 for all
  /// @param firstSequences sequences of the first step, if the batch is to grow; 0 if not
  /// @param rampSteps steps in which it grows
  /// @param recompute whether activations are computed again in backward instead of kept
  /// @param fp8Activations whether activations are stored in FP8 until backward
  /// @param fp8Weights whether products see the weights rounded to FP8
  public record BatchRecipe(
      int sequences,
      int length,
      int microSequences,
      int firstSequences,
      int rampSteps,
      boolean recompute,
      boolean fp8Activations,
      boolean fp8Weights) {
    /// Checks the ranges.
    public BatchRecipe {
      if (sequences < 1 || length < 2 || microSequences < 0 || rampSteps < 0) {
        throw new RecipeException(
            "batch",
            "expected at least 1 sequence of 2 tokens",
            "%d of %d, micro_sequences %d, ramp_steps %d"
                .formatted(sequences, length, microSequences, rampSteps));
      }
      if (firstSequences < 0 || firstSequences > sequences) {
        throw new RecipeException(
            "batch.first_sequences",
            "expected 0 to sequences %d".formatted(sequences),
            String.valueOf(firstSequences));
      }
      if (recompute && fp8Activations) {
        throw new RecipeException(
            "batch.fp8_activations", "expected false where recompute is true", "true");
      }
    }

    /// Sequences of a step.
    public int at(int step) {
      if (firstSequences == 0 || step >= rampSteps) {
        return sequences;
      }
      return firstSequences + (int) ((long) (sequences - firstSequences) * step / rampSteps);
    }

    /// What becomes of a layer's activations until backward needs them.
    public Activations activations() {
      if (recompute) {
        return Activations.RECOMPUTED;
      }
      return fp8Activations ? Activations.FP8 : Activations.KEPT;
    }

    /// Sequences of one pass.
    public int micro() {
      return microSequences == 0 ? sequences : Math.min(microSequences, sequences);
    }
  }

  /// AdamW and clipping.
  ///
  /// @param beta1 decay of the first moment
  /// @param beta2 decay of the second moment
  /// @param epsilon added to the root of the second moment
  /// @param weightDecay on matrices
  /// @param clip largest norm of the gradients; 0 for none
  public record OptimizerRecipe(
      float beta1, float beta2, float epsilon, float weightDecay, double clip) {
    AdamWSettings settings() {
      return new AdamWSettings(beta1, beta2, epsilon, weightDecay, false);
    }
  }

  /// The learning rate over the run.
  ///
  /// @param learningRate the highest
  /// @param finalFraction the last learning rate as a share of the highest
  /// @param warmupSteps steps of the rise
  /// @param constantFraction share of the steps before the decay begins
  /// @param decay form of the decay
  public record ScheduleRecipe(
      float learningRate,
      float finalFraction,
      int warmupSteps,
      double constantFraction,
      LearningRateSchedule.Decay decay) {
    LearningRateSchedule over(int steps) {
      int warmup = Math.min(warmupSteps, steps);
      int start = Math.max(warmup, (int) Math.round(constantFraction * steps));
      return new LearningRateSchedule(
          learningRate, learningRate * finalFraction, warmup, start, Math.max(start, steps), decay);
    }
  }

  /// V3's numbers: λ 0.3, then 0.1 for the last third; γ 0.001, then 0 at the very end; α 1e-4.
  ///
  /// @param mtpWeight λ at first
  /// @param mtpLateWeight λ later
  /// @param mtpLateFraction share of the steps after which it is later
  /// @param balanceFactor α of the sequence-wise balance loss
  /// @param biasUpdate how far biases move in the auxiliary-loss-free balancing
  /// @param biasUpdateSpeed γ of it: the most that they move in a step; 0 for none
  /// @param biasUpdateFraction share of the steps in which the biases move
  /// @param zLoss factor of the z-loss
  public record LossRecipe(
      float mtpWeight,
      float mtpLateWeight,
      double mtpLateFraction,
      float balanceFactor,
      BiasRule biasUpdate,
      float biasUpdateSpeed,
      double biasUpdateFraction,
      float zLoss) {
    TrainingOptions options(int step, int steps, Activations activations) {
      boolean late = step >= mtpLateFraction * steps;
      float weight = late ? mtpLateWeight : mtpWeight;
      return new TrainingOptions(weight, balanceFactor, zLoss, activations);
    }

    float biasSpeed(int step, int steps) {
      return step < biasUpdateFraction * steps ? biasUpdateSpeed : 0;
    }
  }

  /// Preparation of the text.
  ///
  /// @param fimRate share of documents rearranged to prefix, suffix, middle
  /// @param separateDocuments whether documents in one window see only themselves
  /// @param heldOut share of the text kept for validation
  /// @param deduplicate whether near copies are dropped
  public record TextRecipe(
      double fimRate, boolean separateDocuments, double heldOut, boolean deduplicate) {
    /// Checks the ranges.
    public TextRecipe {
      if (!(fimRate >= 0 && fimRate <= 1) || !(heldOut > 0 && heldOut < 1)) {
        throw new RecipeException(
            "text", "expected fim_rate in [0, 1], held_out in (0, 1)", fimRate + ", " + heldOut);
      }
    }
  }

  /// How often is validated, sampled and kept.
  ///
  /// @param checkpointEvery steps between two checkpoints; the last step always has one
  /// @param keepLast newest checkpoints that are kept, beside the best
  /// @param validateEvery steps between two validations
  /// @param validationTokens tokens of a validation
  /// @param sampleEvery steps between two samples; 0 for none
  /// @param samplePrompt what samples begin with
  /// @param sampleTokens tokens of a sample
  /// @param averageDecay of the moving average of the weights; 0 for none
  public record KeepingRecipe(
      int checkpointEvery,
      int keepLast,
      int validateEvery,
      long validationTokens,
      int sampleEvery,
      String samplePrompt,
      int sampleTokens,
      float averageDecay) {
    /// Checks the ranges.
    public KeepingRecipe {
      if (checkpointEvery < 1 || keepLast < 1 || validateEvery < 1 || sampleEvery < 0) {
        throw new RecipeException(
            "keeping",
            "expected positive intervals",
            "%d, %d, %d, %d".formatted(checkpointEvery, keepLast, validateEvery, sampleEvery));
      }
      if (!(averageDecay >= 0 && averageDecay < 1) || sampleTokens < 1 || validationTokens < 1) {
        throw new RecipeException(
            "keeping",
            "expected average_decay in [0, 1) and positive numbers of tokens",
            "%s, %d, %d".formatted(averageDecay, sampleTokens, validationTokens));
      }
    }
  }

  /// V3's recipe at the size of one machine.
  public static TrainingRecipe defaults() {
    return new TrainingRecipe(
        1000,
        1337,
        new BatchRecipe(16, 256, 0, 0, 0, false, false, false),
        new OptimizerRecipe(0.9f, 0.95f, 1e-8f, 0.1f, 1),
        new ScheduleRecipe(1e-3f, 0.1f, 50, 0.5, LearningRateSchedule.Decay.COSINE),
        new LossRecipe(0.3f, 0.1f, 0.67, 1e-4f, BiasRule.SIGN, 1e-3f, 0.97, 0),
        new TextRecipe(0.1, false, 0.1, true),
        new KeepingRecipe(250, 2, 100, 65_536, 250, "", 200, 0));
  }

  /// A recipe of these keys, everything else as in [#defaults()].
  ///
  /// @param file named in messages
  /// @throws RecipeException if a key is unknown or its value makes no sense
  public static TrainingRecipe of(ObjectNode given, String file) {
    return RecipeJson.of(TrainingRecipe.class, defaults(), given, file);
  }

  /// Reads a recipe's keys from a JSON file.
  ///
  /// @throws RecipeException if it is no JSON object
  /// @throws TrainingException if it cannot be read
  public static ObjectNode read(Path file) {
    return RecipeJson.read(file);
  }

  /// The whole recipe as JSON.
  public ObjectNode toJson() {
    return RecipeJson.toJson(this);
  }
}
