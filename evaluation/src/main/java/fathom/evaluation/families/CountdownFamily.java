package fathom.evaluation.families;

import static fathom.evaluation.families.Draws.between;

import fathom.evaluation.CountdownChecker;
import fathom.evaluation.TaskFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Countdown puzzles. The worked solution is a search that a reader can follow, dead ends included:
/// a pair of numbers and what is left, what the pair makes, and what that makes with the number
/// left, beside the target; it ends at the first line that reaches the target.
///
///     1 and 14, left 19
///     14+1=15
///     33: 19+15=34 19-15=4 no
///
/// Only the hardest level has four numbers; there the search sets out one guess before the first
/// combination that leads anywhere, since the whole tree would not fit a small context.
final class CountdownFamily {
  private static final int LARGEST = 200;
  private static final Phrasings PHRASINGS =
      Phrasings.of(
          1,
          "Use the numbers {list} to make {t}.",
          "Make {t} from the numbers {list}. Use each number once.",
          "Using {list}, make {t}.",
          "Countdown: reach {t} using {list}.",
          "Use each of the numbers {list} once to reach {t}.",
          "Reach {t} with the numbers {list}.",
          "The numbers are {list}. Make {t}.",
          "Numbers: {list}. Target: {t}.",
          "Countdown: the target is {t}, the numbers are {list}.",
          "Get {t} using the numbers {list}.",
          "Using each number once, make {t} from {list}.",
          "Combine {list} to make {t}.",
          "How can you make {t} using {list}?",
          "Find a way to reach {t} using each of {list} once.",
          "Make {t} using the numbers {list}.");

  /// A number with the expression it came from.
  private record Term(long value, String text, boolean atom) {
    String inside() {
      return atom ? text : "(" + text + ")";
    }
  }

  private CountdownFamily() {}

  static TaskFamily create() {
    return new DraftedFamily("countdown", CountdownFamily::draft);
  }

  private static Draft draft(int difficulty, RandomGenerator random) {
    int count = difficulty == 1 ? 2 : difficulty < 5 ? 3 : 4;
    int largest = difficulty < 3 ? 10 : difficulty < 5 ? 20 : 12;
    while (true) {
      List<Term> terms = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        terms.add(atom(between(1, largest, random)));
      }
      long target = target(terms, random);
      List<String> lines = new ArrayList<>();
      String solution = target < 1 || target > LARGEST ? null : search(terms, target, lines);
      if (solution != null) {
        return draft(terms, target, solution, lines);
      }
    }
  }

  private static Draft draft(List<Term> terms, long target, String solution, List<String> lines) {
    List<String> numbers = terms.stream().map(Term::text).toList();
    String sorted =
        String.join(" ", terms.stream().map(Term::value).sorted().map(String::valueOf).toList());
    return new Draft(
        target + ":" + sorted,
        PHRASINGS,
        Map.of("list", String.join(", ", numbers), "t", target),
        target + ": " + String.join(" ", numbers),
        String.join("\n", lines),
        "The answer is " + solution + " = " + target + ".",
        new CountdownChecker());
  }

  /// Combines the numbers in a random way, so that a solution exists.
  private static long target(List<Term> terms, RandomGenerator random) {
    List<Term> rest = new ArrayList<>(Draws.some(terms.size(), terms, random));
    while (rest.size() > 1) {
      List<Term> results = combined(rest.removeLast(), rest.removeLast());
      rest.add(Draws.one(results, random));
    }
    return rest.getFirst().value();
  }

  /// The useful results of two terms: sum, difference, product, exact quotient, none above the
  /// largest target, so that each can be worked out in the head.
  private static List<Term> combined(Term first, Term second) {
    Term a = first.value() >= second.value() ? first : second;
    Term b = first.value() >= second.value() ? second : first;
    List<Term> results = new ArrayList<>();
    results.add(term(a, "+", b, a.value() + b.value()));
    if (a.value() > b.value()) {
      results.add(term(a, "-", b, a.value() - b.value()));
    }
    results.add(term(a, "*", b, a.value() * b.value()));
    if (b.value() > 1 && a.value() % b.value() == 0) {
      results.add(term(a, "/", b, a.value() / b.value()));
    }
    results.removeIf(result -> result.value() > LARGEST);
    return results;
  }

  private static Term term(Term a, String operator, Term b, long value) {
    return new Term(value, a.inside() + " " + operator + " " + b.inside(), false);
  }

  private static @Nullable String search(List<Term> terms, long target, List<String> lines) {
    if (terms.size() == 2) {
      return lastStep(terms.get(0), terms.get(1), target, lines);
    }
    boolean guessed = terms.size() > 3;
    for (int i = 0; i < terms.size(); i++) {
      for (int j = i + 1; j < terms.size(); j++) {
        List<Term> rest = new ArrayList<>(terms);
        Term second = rest.remove(j);
        Term first = rest.remove(i);
        lines.add("%d and %d, left %s".formatted(first.value(), second.value(), left(rest)));
        for (Term result : combined(first, second)) {
          List<Term> next = new ArrayList<>(List.of(result));
          next.addAll(rest);
          List<String> branch = new ArrayList<>(List.of(compact(result)));
          String solution = search(next, target, branch);
          if (guessed && solution == null) {
            lines.clear();
            lines.add("%d and %d, left %s".formatted(first.value(), second.value(), left(rest)));
          }
          lines.addAll(branch);
          if (solution != null) {
            return solution;
          }
        }
      }
    }
    return null;
  }

  private static String left(List<Term> terms) {
    return Columns.row(terms.stream().map(Term::value).toList());
  }

  private static String compact(Term result) {
    return result.text().replace(" ", "") + "=" + result.value();
  }

  private static @Nullable String lastStep(
      Term first, Term second, long target, List<String> lines) {
    List<Term> results = combined(first, second);
    List<Term> shown = combined(atom(first.value()), atom(second.value()));
    StringBuilder line = new StringBuilder(target + ":");
    for (int i = 0; i < results.size(); i++) {
      line.append(' ').append(compact(shown.get(i)));
      if (results.get(i).value() == target) {
        lines.add(line + " yes");
        return results.get(i).text();
      }
    }
    lines.add(line + " no");
    return null;
  }

  private static Term atom(long value) {
    return new Term(value, String.valueOf(value), true);
  }
}
