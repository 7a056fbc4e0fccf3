package fathom.training;

import fathom.training.TrainingRecipe.BatchRecipe;
import fathom.training.TrainingRecipe.KeepingRecipe;
import fathom.training.TrainingRecipe.LossRecipe;
import fathom.training.TrainingRecipe.OptimizerRecipe;
import fathom.training.TrainingRecipe.ScheduleRecipe;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Everything about a run of supervised fine-tuning but the model and the conversations. Written as
/// [TrainingRecipe] is, with the same sections.
///
/// @param steps optimiser steps; 0 for as many as the epochs need
/// @param seed of the order of the data and of fresh adapters
/// @param batch how much text a step sees; a sequence is a row into which conversations are packed
/// @param optimizer AdamW and clipping
/// @param schedule learning rate
/// @param losses what is added to the cross-entropy, and the balancing of experts
/// @param tuning what is learned from, and which weights learn
/// @param keeping how often is validated, kept
public record FineTuningRecipe(
    int steps,
    long seed,
    BatchRecipe batch,
    OptimizerRecipe optimizer,
    ScheduleRecipe schedule,
    LossRecipe losses,
    TuningRecipe tuning,
    KeepingRecipe keeping)
    implements LearningPlan {
  /// Checks the number of steps.
  public FineTuningRecipe {
    if (steps < 0 || (steps == 0 && tuning.epochs() == 0)) {
      throw new RecipeException(
          "steps", "expected at least 1, or 0 and tuning.epochs", String.valueOf(steps));
    }
  }

  /// What is learned from, and which weights learn.
  ///
  /// @param epochs how often every conversation is seen, if the steps do not say
  /// @param heldOut share of the conversations kept for validation
  /// @param loraRank rank of low-rank adapters that learn instead of the weights; 0 for none
  /// @param loraAlpha the adapters' output is multiplied by this over the rank
  /// @param teacher a model whose distributions are learned beside the texts; empty for none
  /// @param klWeight share of the loss that is the divergence from the teacher
  /// @param klTemperature at which student and teacher are compared
  public record TuningRecipe(
      double epochs,
      double heldOut,
      int loraRank,
      float loraAlpha,
      String teacher,
      float klWeight,
      float klTemperature) {
    /// Checks the ranges.
    public TuningRecipe {
      if (!(epochs >= 0 && epochs <= 1e6) || !(heldOut >= 0 && heldOut < 1)) {
        throw new RecipeException(
            "tuning",
            "expected epochs of at least 0 and held_out in [0, 1)",
            epochs + ", " + heldOut);
      }
      if (loraRank < 0 || !(loraAlpha > 0)) {
        throw new RecipeException(
            "tuning",
            "expected a lora_rank of at least 0 and a positive lora_alpha",
            loraRank + ", " + loraAlpha);
      }
      if (!(klWeight >= 0 && klWeight <= 1) || !(klTemperature > 0)) {
        throw new RecipeException(
            "tuning",
            "expected a kl_weight in [0, 1] and a positive kl_temperature",
            klWeight + ", " + klTemperature);
      }
    }
  }

  /// Two epochs, as R1 was; a rate for small models (the R1 distills took 1e-4 and less).
  public static FineTuningRecipe defaults() {
    return new FineTuningRecipe(
        0,
        1337,
        new BatchRecipe(16, 512, 0, 0, 0, false, false, false),
        new OptimizerRecipe(0.9f, 0.95f, 1e-8f, 0.1f, 1),
        new ScheduleRecipe(2e-4f, 0.1f, 20, 0, LearningRateSchedule.Decay.COSINE),
        new LossRecipe(0.1f, 0.1f, 1, 1e-4f, BiasRule.SIGN, 1e-4f, 1, 0),
        new TuningRecipe(2, 0.02, 0, 16, "", 0.5f, 2),
        new KeepingRecipe(250, 2, 100, 65_536, 0, "", 200, 0));
  }

  /// A recipe of these keys, everything else as in [#defaults()].
  ///
  /// @param file named in messages
  /// @throws RecipeException if a key is unknown or its value makes no sense
  public static FineTuningRecipe of(ObjectNode given, String file) {
    return RecipeJson.of(FineTuningRecipe.class, defaults(), given, file);
  }

  /// The teacher, if there is one.
  Optional<Path> teacher() {
    return tuning.teacher().isEmpty() ? Optional.empty() : Optional.of(Path.of(tuning.teacher()));
  }

  /// The same with so many steps.
  FineTuningRecipe withSteps(int newSteps) {
    return new FineTuningRecipe(
        newSteps, seed, batch, optimizer, schedule, losses, tuning, keeping);
  }

  /// The whole recipe as JSON.
  public ObjectNode toJson() {
    return RecipeJson.toJson(this);
  }
}
