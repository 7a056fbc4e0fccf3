package fathom.training;

import java.util.Set;

/// What a planned run computes on what.
///
/// @param device type of the devices
/// @param count how many
/// @param tokens tokens of training
/// @param length tokens of a sequence
/// @param batch sequences of a step
/// @param savings which of DeepSeek's ways to compute less are in use
public record RunShape(
    Device device, int count, double tokens, int length, int batch, Set<Savings> savings) {
  /// Checks the ranges.
  public RunShape {
    savings = Set.copyOf(savings);
    if (count <= 0
        || !(tokens > 0 && tokens < Double.POSITIVE_INFINITY)
        || length <= 0
        || batch <= 0) {
      throw new IllegalArgumentException(
          "plan: expected positive numbers, found %d devices, %s tokens, length %d, batch %d"
              .formatted(count, tokens, length, batch));
    }
  }

  /// The same without one saving.
  public RunShape without(Savings saving) {
    Set<Savings> fewer = new java.util.HashSet<>(savings);
    fewer.remove(saving);
    return new RunShape(device, count, tokens, length, batch, fewer);
  }
}
