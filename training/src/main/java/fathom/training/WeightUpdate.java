package fathom.training;

import fathom.tensor.Matrix;
import fathom.tensor.Workers;
import fathom.training.TrainingRecipe.OptimizerRecipe;
import java.util.Map;

/// Moves weights by the gradients that were added up: clipping, the schedule's rate, AdamW.
final class WeightUpdate {
  private final AdamW optimizer;
  private final GradientClipping clipping;
  private final LearningRateSchedule schedule;

  WeightUpdate(
      TrainedModel model, OptimizerRecipe recipe, LearningRateSchedule schedule, Workers workers) {
    this.schedule = schedule;
    optimizer = new AdamW(model.parameters(), recipe.settings(), workers, model.arena());
    clipping = new GradientClipping(model.parameters(), recipe.clip(), workers);
  }

  /// Moves the weights, clears the gradients, and gives the gradients' norm.
  ///
  /// @param step steps that are done
  /// @throws TrainingException if the norm is no number
  double apply(int step, RunJournal journal) {
    double norm = clipping.norm();
    journal.requireFinite(norm, "norm of the gradients");
    optimizer.step(rate(step), clipping.factor(norm));
    journal.updated();
    return norm;
  }

  /// The learning rate after so many steps.
  float rate(int step) {
    return schedule.at(step);
  }

  /// The optimiser's moments by name.
  Map<String, Matrix> moments() {
    return optimizer.moments();
  }

  /// Says how many updates the moments have seen.
  void restore(long updates) {
    optimizer.restore(updates);
  }
}
