package fathom.evaluation.math;

import fathom.evaluation.math.MathForm.Based;
import fathom.evaluation.math.MathForm.Collection;
import fathom.evaluation.math.MathForm.Grid;
import fathom.evaluation.math.MathForm.Percent;
import fathom.evaluation.math.MathForm.Relation;
import fathom.evaluation.math.MathForm.Scalar;
import fathom.evaluation.math.MathForm.Sequence;
import fathom.evaluation.math.MathForm.Union;
import fathom.evaluation.math.MathForm.Words;
import java.util.ArrayList;
import java.util.List;

/// Decides whether two written answers mean the same.
///
/// Rational arithmetic is compared exactly, so 1/3 and 0.333 differ; formulas with symbols, roots
/// or functions are compared by their values at seeded points to eighty digits. Tuples, intervals
/// and matrices are ordered, sets and comma lists are not. A unit, a dollar sign, `x =` or a
/// percent sign on one side only does not count: "10%" equals both 0.1 and 10, which never equal
/// each other.
public final class MathEquality {
  private static final int LONGEST = 2_000;

  private MathEquality() {}

  /// Whether the answers mean the same. Never throws and never takes long: what is too long, too
  /// deep or too large to compute is compared as text.
  public static boolean equal(String expected, String given) {
    String first = LatexText.clean(expected);
    String second = LatexText.clean(given);
    if (first.isEmpty() || second.isEmpty()) {
      return first.equals(second);
    }
    String squeezed = first.replace(" ", "");
    if (squeezed.equals(second.replace(" ", ""))) {
      return true;
    }
    if (first.length() > LONGEST || second.length() > LONGEST) {
      return false;
    }
    return equal(MathFormParser.parse(first), MathFormParser.parse(second));
  }

  private static boolean equal(MathForm first, MathForm second) {
    return switch (first) {
      case Scalar scalar -> scalarEquals(scalar, second);
      case Based(String digits, int base) ->
          second instanceof Based(String otherDigits, int otherBase)
              && digits.equals(otherDigits)
              && base == otherBase;
      case Percent(Expression value) -> percentEquals(value, second);
      case Sequence(char open, char close, List<MathForm> items) ->
          second instanceof Sequence(char otherOpen, char otherClose, List<MathForm> others)
              && open == otherOpen
              && close == otherClose
              && inOrder(items, others);
      case Collection(List<MathForm> items) -> collectionEquals(items, second);
      case Union(List<MathForm> parts) ->
          second instanceof Union(List<MathForm> others) && inAnyOrder(parts, others);
      case Grid(List<List<MathForm>> rows) ->
          second instanceof Grid(List<List<MathForm>> others) && gridsEqual(rows, others);
      case Relation relation -> relationEquals(relation, second);
      case Words(String text) -> wordsEqual(text, second);
    };
  }

  private static boolean scalarEquals(Scalar first, MathForm second) {
    return switch (second) {
      case Scalar(Expression other, String unit) ->
          !Units.conflict(first.unit(), unit) && Values.equal(first.expression(), other);
      case Percent(Expression value) -> percentEquals(value, first);
      case Relation relation -> solved(relation, first);
      case Collection(List<MathForm> items) -> items.size() == 1 && equal(first, items.getFirst());
      case Words(String text) -> wordsEqual(text, first);
      case Based _, Sequence _, Union _, Grid _ -> false;
    };
  }

  private static boolean collectionEquals(List<MathForm> items, MathForm second) {
    if (second instanceof Collection(List<MathForm> others)) {
      return inAnyOrder(items, others);
    }
    return items.size() == 1 && equal(items.getFirst(), second);
  }

  private static boolean percentEquals(Expression percent, MathForm second) {
    if (second instanceof Percent(Expression other)) {
      return Values.equal(percent, other);
    }
    if (!(second instanceof Scalar(Expression value, String _))) {
      return false;
    }
    Expression hundred = new Expression.Constant(Rational.of(100));
    return Values.equal(percent, value)
        || Values.equal(new Expression.Quotient(percent, hundred), value);
  }

  private static boolean relationEquals(Relation first, MathForm second) {
    return switch (second) {
      case Relation other -> relationsEqual(first, other);
      case Scalar scalar -> solved(first, scalar);
      case Based _, Percent _, Sequence _, Collection _, Union _, Grid _, Words _ -> false;
    };
  }

  private static boolean relationsEqual(Relation first, Relation second) {
    if (!first.operator().equals(second.operator())) {
      return false;
    }
    boolean sides =
        Values.equal(first.left(), second.left()) && Values.equal(first.right(), second.right());
    if (sides) {
      return true;
    }
    return first.operator().equals("=")
        && Values.proportional(difference(first), difference(second));
  }

  private static Expression difference(Relation relation) {
    return new Expression.Sum(relation.left(), new Expression.Negation(relation.right()));
  }

  /// "x = 5" says the same as "5".
  private static boolean solved(Relation relation, Scalar scalar) {
    if (!relation.operator().equals("=")) {
      return false;
    }
    boolean left = relation.left() instanceof Expression.Symbol;
    return left && Values.equal(relation.right(), scalar.expression());
  }

  private static boolean wordsEqual(String text, MathForm second) {
    return second instanceof Words(String other) && plain(text).equals(plain(other));
  }

  private static String plain(String text) {
    return LatexText.squeezed(text).replaceAll("^[\"'(]+|[\"').!]+$", "");
  }

  private static boolean gridsEqual(List<List<MathForm>> rows, List<List<MathForm>> others) {
    if (rows.size() != others.size()) {
      return false;
    }
    for (int i = 0; i < rows.size(); i++) {
      if (!inOrder(rows.get(i), others.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean inOrder(List<MathForm> items, List<MathForm> others) {
    if (items.size() != others.size()) {
      return false;
    }
    for (int i = 0; i < items.size(); i++) {
      if (!equal(items.get(i), others.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean inAnyOrder(List<MathForm> items, List<MathForm> others) {
    if (items.size() != others.size()) {
      return false;
    }
    List<MathForm> rest = new ArrayList<>(others);
    for (MathForm item : items) {
      int found = -1;
      for (int i = 0; i < rest.size() && found < 0; i++) {
        found = equal(item, rest.get(i)) ? i : -1;
      }
      if (found < 0) {
        return false;
      }
      rest.remove(found);
    }
    return true;
  }
}
