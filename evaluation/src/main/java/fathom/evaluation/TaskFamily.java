package fathom.evaluation;

import java.util.random.RandomGenerator;

/// An unlimited source of problems of one kind. The same generator state, split and difficulty give
/// the same problem.
public interface TaskFamily {
  /// The family's name, a row in result tables.
  String name();

  /// Draws a problem whose operands and phrasing both lie on the given side.
  ///
  /// @param difficulty 1 to 5
  /// @throws TaskException if the difficulty is out of range
  Problem generate(Split split, int difficulty, RandomGenerator random);
}
