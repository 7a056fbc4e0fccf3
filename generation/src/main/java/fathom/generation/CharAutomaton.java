package fathom.generation;

import java.util.ArrayList;
import java.util.List;

/// A nondeterministic automaton over code points, for patterns, formats and lengths of JSON
/// strings. State 0 is the first, and the last one is given.
final class CharAutomaton {
  static final int MAX_CODE_POINT = 0x10ffff;
  private static final int MAX_PRODUCT = 2_000_000;

  private final List<List<Edge>> edges;
  private final boolean[] end;

  /// An edge over a range of code points; `low` above `high` consumes nothing.
  record Edge(int low, int high, int target) {
    boolean silent() {
      return low > high;
    }
  }

  private CharAutomaton(List<List<Edge>> edges, boolean[] end) {
    this.edges = edges;
    this.end = end;
  }

  int states() {
    return end.length;
  }

  List<Edge> edges(int state) {
    return edges.get(state);
  }

  boolean end(int state) {
    return end[state];
  }

  /// Any code points.
  static CharAutomaton anything() {
    Builder builder = new Builder();
    int start = builder.newState();
    builder.range(start, 0, MAX_CODE_POINT, start);
    return builder.build(start);
  }

  /// Anything but these texts.
  static CharAutomaton allBut(Iterable<String> texts) {
    Builder builder = new Builder();
    int start = builder.newState();
    int free = builder.newState();
    builder.range(free, 0, MAX_CODE_POINT, free);
    builder.accept(free);
    builder.without(start, free, sorted(texts), 0);
    return builder.build(-1);
  }

  private static List<int[]> sorted(Iterable<String> texts) {
    List<int[]> sorted = new ArrayList<>();
    texts.forEach(text -> sorted.add(text.codePoints().toArray()));
    sorted.sort(java.util.Arrays::compare);
    return sorted;
  }

  /// What this accepts and has a length within bounds, by the product with a counter.
  ///
  /// @param most largest length; negative for any
  CharAutomaton counted(int least, int most) {
    int cap = most < 0 ? least : most;
    if ((long) states() * (cap + 1) > MAX_PRODUCT) {
      throw new UnsupportedSchemaException("", "a pattern with bounds on its length is too large");
    }
    Builder builder = new Builder();
    int[] numbers = new int[states() * (cap + 1)];
    java.util.Arrays.fill(numbers, -1);
    List<int[]> open = new ArrayList<>();
    number(builder, numbers, open, 0, 0, cap);
    for (int i = 0; i < open.size(); i++) {
      int state = open.get(i)[0];
      int count = open.get(i)[1];
      int from = numbers[state * (cap + 1) + count];
      if (end(state) && count >= least) {
        builder.accept(from);
      }
      for (Edge edge : edges(state)) {
        int after = edge.silent() ? count : count + 1;
        if (most < 0) {
          after = Math.min(after, cap);
        }
        if (after <= cap) {
          int to = number(builder, numbers, open, edge.target(), after, cap);
          builder.range(from, edge.low(), edge.high(), to);
        }
      }
    }
    return builder.build(-1);
  }

  private static int number(
      Builder builder, int[] numbers, List<int[]> open, int state, int count, int cap) {
    int key = state * (cap + 1) + count;
    if (numbers[key] < 0) {
      numbers[key] = builder.newState();
      open.add(new int[] {state, count});
    }
    return numbers[key];
  }

  /// Collects states and edges.
  static final class Builder {
    private final List<List<Edge>> edges = new ArrayList<>();
    private final ByteNetwork.Ints ends = new ByteNetwork.Ints();

    int newState() {
      if (edges.size() == ByteNetwork.Builder.MAX_STATES) {
        throw new UnsupportedSchemaException("", "a pattern or length is too large");
      }
      edges.add(new ArrayList<>(2));
      return edges.size() - 1;
    }

    void range(int from, int low, int high, int to) {
      edges.get(from).add(new Edge(low, high, to));
    }

    void silent(int from, int to) {
      edges.get(from).add(new Edge(1, 0, to));
    }

    void accept(int state) {
      ends.add(state);
    }

    /// Leads from `from`, behind `depth` code points that all `texts` begin with, to `free` as soon
    /// as none of them can be meant any more; accepts unless it is one of them.
    private void without(int from, int free, List<int[]> texts, int depth) {
      int first = 0;
      boolean taken = !texts.isEmpty() && texts.getFirst().length == depth;
      while (first < texts.size() && texts.get(first).length == depth) {
        first++;
      }
      if (!taken) {
        accept(from);
      }
      int covered = 0;
      while (first < texts.size()) {
        int next = texts.get(first)[depth];
        int last = first;
        while (last < texts.size() && texts.get(last)[depth] == next) {
          last++;
        }
        if (covered < next) {
          range(from, covered, next - 1, free);
        }
        int inside = newState();
        range(from, next, next, inside);
        without(inside, free, texts.subList(first, last), depth + 1);
        covered = next + 1;
        first = last;
      }
      if (covered <= MAX_CODE_POINT) {
        range(from, covered, MAX_CODE_POINT, free);
      }
    }

    /// The automaton that ends in `end`, and in all states that accept; -1 if only in those.
    CharAutomaton build(int end) {
      boolean[] accepting = new boolean[edges.size()];
      if (end >= 0) {
        accepting[end] = true;
      }
      for (int state : ends.toArray()) {
        accepting[state] = true;
      }
      return new CharAutomaton(edges, accepting);
    }
  }
}
