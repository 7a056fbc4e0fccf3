package fathom.generation;

/// Where a sequence is on its way.
enum SequenceStatus {
  /// For the first sequence of its group to compute the prompt.
  FOLLOWING,
  /// In its user's queue: new, or preempted.
  WAITING,
  /// In the batch.
  RUNNING,
  /// Over.
  FINISHED
}
