package fathom.evaluation.math;

import java.util.List;

/// What an answer is as a whole: a number or formula, or a structure of such.
sealed interface MathForm {
  /// A number or formula, with the unit that stood after it (empty if none).
  record Scalar(Expression expression, String unit) implements MathForm {}

  /// A number in a stated base, such as 52_8.
  record Based(String digits, int base) implements MathForm {}

  /// A number with a percent sign.
  record Percent(Expression expression) implements MathForm {}

  /// A tuple or an interval: ordered, and the kind of bracket counts.
  record Sequence(char open, char close, List<MathForm> items) implements MathForm {}

  /// A set, or values listed with commas: the order does not count.
  record Collection(List<MathForm> items) implements MathForm {}

  /// Intervals or sets joined by `\cup`.
  record Union(List<MathForm> parts) implements MathForm {}

  /// A matrix or column vector, row by row.
  record Grid(List<List<MathForm>> rows) implements MathForm {}

  /// `left operator right`, where the operator is one of =, <, ≤ and ≠; > is written as <.
  record Relation(String operator, Expression left, Expression right) implements MathForm {}

  /// Words.
  record Words(String text) implements MathForm {}
}
