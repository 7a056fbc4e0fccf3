package fathom.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/// A recursive transition network over bytes: rules, each a small nondeterministic automaton whose
/// edges consume a byte range, nothing, or whatever another rule matches. Rule 0 is the whole.
///
/// Every state knows its distance, the fewest bytes that take it to the end of its rule (Knuth, "A
/// generalization of Dijkstra's algorithm", 1977). States that cannot get there are never entered,
/// so that whatever has begun can be completed.
final class ByteNetwork {
  /// Distance of a state from which no end can be reached.
  static final int NEVER = Integer.MAX_VALUE / 4;

  private final int[][] byteEdges; // low, high, target; three ints each
  private final int[][] silentEdges; // targets
  private final int[][] calls; // rule, return state; two ints each
  private final boolean[] end;
  private final int[] ruleStarts;
  private final int[] distances;
  private final Map<Integer, Alike> alike;

  private ByteNetwork(Builder builder) {
    int states = builder.states();
    byteEdges = builder.bytes.stream().map(Ints::toArray).toArray(int[][]::new);
    silentEdges = builder.silent.stream().map(Ints::toArray).toArray(int[][]::new);
    calls = builder.calls.stream().map(Ints::toArray).toArray(int[][]::new);
    ruleStarts = builder.ruleStarts.toArray();
    alike = Map.copyOf(builder.alike);
    end = new boolean[states];
    for (int state : builder.ruleEnds.toArray()) {
      end[state] = true;
    }
    distances = new Distances(this).compute();
  }

  int states() {
    return end.length;
  }

  /// That a state goes on as another one does, for so many bytes.
  record Alike(int state, int bytes) {}

  /// The state that goes on as this one does, if that is known.
  Optional<Alike> alike(int state) {
    return Optional.ofNullable(alike.get(state));
  }

  /// The first state of a rule.
  int ruleStart(int rule) {
    return ruleStarts[rule];
  }

  /// Edges of a state that consume a byte: low, high and target, three ints each.
  int[] byteEdges(int state) {
    return byteEdges[state];
  }

  /// Targets of a state's edges that consume nothing.
  int[] silentEdges(int state) {
    return silentEdges[state];
  }

  /// A state's calls: rule and the state to return to, two ints each.
  int[] calls(int state) {
    return calls[state];
  }

  /// Whether a rule ends in this state.
  boolean end(int state) {
    return end[state];
  }

  /// Fewest bytes from this state to the end of its rule.
  int distance(int state) {
    return distances[state];
  }

  /// A growing list of ints.
  static final class Ints {
    private int[] values = new int[2];
    private int size;

    void add(int value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = value;
    }

    int size() {
      return size;
    }

    int get(int index) {
      return values[index];
    }

    int[] toArray() {
      return Arrays.copyOf(values, size);
    }
  }

  /// Collects states, edges and rules.
  static final class Builder {
    /// Most states of one grammar; what needs more is refused.
    static final int MAX_STATES = 150_000;

    private final List<Ints> bytes = new ArrayList<>();
    private final List<Ints> silent = new ArrayList<>();
    private final List<Ints> calls = new ArrayList<>();
    private final Ints ruleStarts = new Ints();
    private final Ints ruleEnds = new Ints();
    private final Map<Integer, Alike> alike = new HashMap<>();

    int states() {
      return bytes.size();
    }

    /// @throws UnsupportedSchemaException if there are too many
    int newState() {
      if (bytes.size() == MAX_STATES) {
        throw new UnsupportedSchemaException(
            "", "the grammar is too large: it needs more than %d states".formatted(MAX_STATES));
      }
      bytes.add(new Ints());
      silent.add(new Ints());
      calls.add(new Ints());
      return bytes.size() - 1;
    }

    /// A rule with its first and last state.
    int newRule() {
      ruleStarts.add(newState());
      ruleEnds.add(newState());
      return ruleStarts.size() - 1;
    }

    int start(int rule) {
      return ruleStarts.get(rule);
    }

    int end(int rule) {
      return ruleEnds.get(rule);
    }

    /// One byte out of a range.
    void range(int from, int low, int high, int to) {
      Ints edges = bytes.get(from);
      edges.add(low);
      edges.add(high);
      edges.add(to);
    }

    /// Nothing.
    void silent(int from, int to) {
      silent.get(from).add(to);
    }

    /// Whatever a rule matches.
    void call(int from, int rule, int to) {
      Ints edges = calls.get(from);
      edges.add(rule);
      edges.add(to);
    }

    /// For `bytes` bytes, `state` goes on as `model` does.
    void alike(int state, int model, int bytes) {
      alike.put(state, new Alike(model, bytes));
    }

    /// These bytes, one after the other; returns the state behind them.
    int literal(int from, byte[] text) {
      int at = from;
      for (byte b : text) {
        int next = newState();
        range(at, b & 0xff, b & 0xff, next);
        at = next;
      }
      return at;
    }

    /// @throws UnsupportedSchemaException if the whole matches nothing, or a rule calls itself
    ///   without consuming anything
    ByteNetwork build() {
      ByteNetwork network = new ByteNetwork(this);
      if (network.distance(network.ruleStart(0)) >= NEVER) {
        throw new UnsupportedSchemaException("", "no finite value can match");
      }
      new LeftRecursion(network).refuse();
      return network;
    }
  }

  /// Computes the distances, nearest states first.
  private static final class Distances {
    private final ByteNetwork network;
    private final int[] distance;
    private final List<Ints> before = new ArrayList<>(); // sources of byte edges
    private final List<Ints> silentBefore = new ArrayList<>();
    private final List<Ints> callers = new ArrayList<>(); // call sites by state returned to
    private final List<Ints> sites = new ArrayList<>(); // call sites by rule's first state
    private final PriorityQueue<long[]> queue =
        new PriorityQueue<>((a, b) -> Long.compare(a[0], b[0]));

    Distances(ByteNetwork network) {
      this.network = network;
      this.distance = new int[network.states()];
      Arrays.fill(distance, NEVER);
      for (int state = 0; state < distance.length; state++) {
        before.add(new Ints());
        silentBefore.add(new Ints());
        callers.add(new Ints());
        sites.add(new Ints());
      }
    }

    int[] compute() {
      for (int state = 0; state < distance.length; state++) {
        link(state);
      }
      for (int state = 0; state < distance.length; state++) {
        if (network.end(state)) {
          reach(state, 0);
        }
      }
      while (!queue.isEmpty()) {
        long[] entry = queue.remove();
        int state = (int) entry[1];
        if (entry[0] == distance[state]) {
          settle(state);
        }
      }
      return distance;
    }

    private void link(int state) {
      int[] edges = network.byteEdges(state);
      for (int i = 0; i < edges.length; i += 3) {
        before.get(edges[i + 2]).add(state);
      }
      for (int target : network.silentEdges(state)) {
        silentBefore.get(target).add(state);
      }
      int[] calls = network.calls(state);
      for (int i = 0; i < calls.length; i += 2) {
        callers.get(calls[i + 1]).add(state);
        sites.get(network.ruleStart(calls[i])).add(state);
      }
    }

    private void reach(int state, int value) {
      if (value < distance[state]) {
        distance[state] = value;
        queue.add(new long[] {value, state});
      }
    }

    private void settle(int state) {
      int value = distance[state];
      for (int source : before.get(state).toArray()) {
        reach(source, value + 1);
      }
      for (int source : silentBefore.get(state).toArray()) {
        reach(source, value);
      }
      for (int site : callers.get(state).toArray()) {
        reachCalls(site);
      }
      for (int site : sites.get(state).toArray()) {
        reachCalls(site);
      }
    }

    private void reachCalls(int site) {
      int[] calls = network.calls(site);
      for (int i = 0; i < calls.length; i += 2) {
        int inside = distance[network.ruleStart(calls[i])];
        int after = distance[calls[i + 1]];
        if (inside < NEVER && after < NEVER) {
          reach(site, Math.min(NEVER - 1, inside + after));
        }
      }
    }
  }

  /// Finds rules that can call themselves before they have consumed anything: following them would
  /// never end.
  private static final class LeftRecursion {
    private final ByteNetwork network;
    private final int[] colour; // 0 not seen, 1 on the way, 2 done

    LeftRecursion(ByteNetwork network) {
      this.network = network;
      this.colour = new int[network.ruleStarts.length];
    }

    void refuse() {
      for (int rule = 0; rule < colour.length; rule++) {
        visit(rule, 0);
      }
    }

    private void visit(int rule, int depth) {
      if (colour[rule] == 2) {
        return;
      }
      if (colour[rule] == 1 || depth > 2000) {
        throw new UnsupportedSchemaException("", "a reference leads to itself");
      }
      colour[rule] = 1;
      Set<Integer> seen = new HashSet<>();
      Ints open = new Ints();
      open.add(network.ruleStart(rule));
      for (int i = 0; i < open.size(); i++) {
        follow(open.get(i), open, seen, depth);
      }
      colour[rule] = 2;
    }

    private void follow(int state, Ints open, Set<Integer> seen, int depth) {
      if (network.distance(state) >= NEVER || !seen.add(state)) {
        return;
      }
      for (int target : network.silentEdges(state)) {
        open.add(target);
      }
      int[] calls = network.calls(state);
      for (int i = 0; i < calls.length; i += 2) {
        visit(calls[i], depth + 1);
        if (network.distance(network.ruleStart(calls[i])) == 0) {
          open.add(calls[i + 1]); // the rule can match nothing
        }
      }
    }
  }
}
