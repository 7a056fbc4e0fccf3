package fathom.training;

/// One rule by which an answer is worth something. Plug in your own by implementing this and giving
/// it to [GrpoTrainer], or, for the commands, by naming the class in
/// `META-INF/services/fathom.training.RewardFunction` of a jar on the class path; a recipe then
/// gives it its weight by its name (`docs/reasoning.md`).
///
/// Implementations keep no state and never throw on what a model wrote.
public interface RewardFunction {
  /// The name by which recipes give the function its weight, and metrics report it.
  String name();

  /// What the answer is worth; usually between 0 and 1.
  double reward(Rollout rollout);
}
