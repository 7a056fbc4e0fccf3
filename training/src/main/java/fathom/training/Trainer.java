package fathom.training;

/// A training run that is open: pre-training, fine-tuning or reinforcement learning. One thread at
/// a time.
public interface Trainer extends AutoCloseable {
  /// Numbers that learn.
  long parameters();

  /// Steps that are done.
  int step();

  /// Steps that the recipe wants.
  int steps();

  /// What is worth saying before it begins; empty if nothing is.
  default String remark() {
    return "";
  }

  /// Trains until the recipe's last step, or until the listener stops it.
  ///
  /// @throws TrainingException if the loss is no number or a file cannot be written; the last
  ///   checkpoint stays as it is
  void train(TrainingListener listener);

  @Override
  void close();
}
