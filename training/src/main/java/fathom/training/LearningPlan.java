package fathom.training;

import fathom.training.TrainingRecipe.BatchRecipe;
import fathom.training.TrainingRecipe.KeepingRecipe;
import fathom.training.TrainingRecipe.LossRecipe;
import fathom.training.TrainingRecipe.OptimizerRecipe;
import fathom.training.TrainingRecipe.ScheduleRecipe;

/// What the recipes of all runs that minimise a cross-entropy have in common.
interface LearningPlan {
  /// Optimiser steps.
  int steps();

  /// Of everything random.
  long seed();

  /// How much text a step sees.
  BatchRecipe batch();

  /// AdamW and clipping.
  OptimizerRecipe optimizer();

  /// The learning rate over the run.
  ScheduleRecipe schedule();

  /// What is added to the cross-entropy.
  LossRecipe losses();

  /// How often is validated, sampled and kept.
  KeepingRecipe keeping();
}
