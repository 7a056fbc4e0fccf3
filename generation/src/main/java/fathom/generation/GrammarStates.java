package fathom.generation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Runs a [ByteNetwork] as a pushdown automaton. A state is the set of all places where the network
/// may be after the bytes so far, each with the stack of states to return to. Equal states and
/// equal stacks are one object, and what was computed once (the state after a byte) stays.
///
/// One thread at a time. Grows with what it has seen; [#size()] tells when to begin a new one.
final class GrammarStates {
  private static final int ROOT = 0;
  private static final int MAX_STACK = 1200;
  private static final int MAX_PLACES = 1024;

  private final ByteNetwork network;
  private final Map<Key, State> states = new HashMap<>();
  private final Map<Long, Integer> stacks = new HashMap<>();
  // Per stack: the state to return to, the rest of the stack, how deep and how far from the end.
  private int[] returns = new int[64];
  private int[] parents = new int[64];
  private int[] depths = new int[64];
  private int[] distances = new int[64];
  private int stackCount = 1;
  private final Places open = new Places();
  private final Places kept = new Places();

  GrammarStates(ByteNetwork network) {
    this.network = network;
  }

  private static final class Key {
    private final long[] places;
    private final boolean complete;

    Key(long[] places, boolean complete) {
      this.places = places;
      this.complete = complete;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key
          && complete == key.complete
          && Arrays.equals(places, key.places);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(places) + Boolean.hashCode(complete);
    }
  }

  /// Where the network may be.
  static final class State {
    private final GrammarStates owner;
    private final long[] places; // network state and stack, packed; sorted
    private final boolean complete;
    private final int distance;
    private final int returnDistance;
    private @Nullable State[] next = NONE;
    private long @Nullable [] mask;
    private int farthest;
    private byte stable = UNKNOWN;

    private static final byte UNKNOWN = 0;
    private static final byte YES = 1;
    private static final byte NO = 2;

    private static final @Nullable State[] NONE = new State[0];

    State(GrammarStates owner, long[] places, boolean complete) {
      this.owner = owner;
      this.places = places;
      this.complete = complete;
      int nearest = complete ? 0 : ByteNetwork.NEVER;
      int back = 0;
      for (long place : places) {
        int stack = owner.distances[(int) place];
        int within = owner.network.distance((int) (place >>> 32));
        nearest = (int) Math.min(nearest, (long) within + stack);
        back = Math.max(back, stack);
      }
      this.distance = nearest;
      this.returnDistance = back;
    }

    /// Whether the text may end here.
    boolean complete() {
      return complete;
    }

    /// Whether no byte can follow.
    boolean exhausted() {
      return places.length == 0;
    }

    /// Whether the text so far is no beginning of anything.
    boolean dead() {
      return places.length == 0 && !complete;
    }

    /// Fewest bytes to where the text may end.
    int distance() {
      return distance;
    }

    /// Fewest bytes from the end of the current rule to where the text may end, at the place where
    /// that is most.
    int returnDistance() {
      return returnDistance;
    }

    /// The states of the network at the places.
    int[] networkStates() {
      return Arrays.stream(places).mapToInt(place -> (int) (place >>> 32)).distinct().toArray();
    }

    /// Tokens that may follow, one bit each, once they were noted.
    long @Nullable [] mask() {
      return mask;
    }

    /// Largest distance after any of these tokens.
    int farthest() {
      return farthest;
    }

    void note(long[] tokens, int largestDistance) {
      mask = tokens;
      farthest = largestDistance;
    }

    /// The state after a byte.
    State next(int value) {
      if (next.length == 0) {
        next = new State[256];
      }
      State known = next[value];
      if (known == null) {
        known = owner.compute(this, value);
        next[value] = known;
      }
      return known;
    }

    /// Whether plain bytes change nothing, as within a text.
    boolean stable() {
      if (stable == UNKNOWN) {
        stable = next('a') == this && staysOnPlainBytes() ? YES : NO;
      }
      return stable == YES;
    }

    private boolean staysOnPlainBytes() {
      for (int value = 0; value < 128; value++) {
        if (TokenTrie.plain(value) && next(value) != this) {
          return false;
        }
      }
      return true;
    }

    /// The state after several bytes.
    State next(byte[] bytes) {
      State at = this;
      for (byte b : bytes) {
        at = at.next(b & 0xff);
        if (at.dead()) {
          return at;
        }
      }
      return at;
    }
  }

  /// A growing set of places.
  private static final class Places {
    private long[] values = new long[32];
    private int size;

    void clear() {
      size = 0;
    }

    /// A schema made to be ambiguous could lead to any number of places; the first ones suffice, as
    /// each of them can be completed.
    void add(long place) {
      for (int i = 0; i < size; i++) {
        if (values[i] == place) {
          return;
        }
      }
      if (size == MAX_PLACES) {
        return;
      }
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = place;
    }

    long[] sorted() {
      long[] sorted = Arrays.copyOf(values, size);
      Arrays.sort(sorted);
      return sorted;
    }
  }

  private static long place(int state, int stack) {
    return ((long) state << 32) | stack;
  }

  /// States and stacks made so far.
  int size() {
    return states.size() + stackCount;
  }

  /// The state before any byte.
  State start() {
    open.clear();
    open.add(place(network.ruleStart(0), ROOT));
    return close();
  }

  /// The state of being at one place of the network, with nothing to return to.
  State at(int networkState) {
    return intern(new long[] {place(networkState, ROOT)}, false);
  }

  private State compute(State from, int value) {
    open.clear();
    for (long place : from.places) {
      int[] edges = network.byteEdges((int) (place >>> 32));
      for (int i = 0; i < edges.length; i += 3) {
        if (edges[i] <= value && value <= edges[i + 1]) {
          open.add(place(edges[i + 2], (int) place));
        }
      }
    }
    return close();
  }

  /// Follows all edges that consume nothing from the open places; those with byte edges stay.
  private State close() {
    kept.clear();
    boolean complete = false;
    for (int i = 0; i < open.size; i++) {
      int state = (int) (open.values[i] >>> 32);
      int stack = (int) open.values[i];
      if (network.distance(state) >= ByteNetwork.NEVER) {
        continue;
      }
      if (network.byteEdges(state).length > 0) {
        kept.add(open.values[i]);
      }
      for (int target : network.silentEdges(state)) {
        open.add(place(target, stack));
      }
      openCalls(state, stack);
      if (network.end(state)) {
        if (stack == ROOT) {
          complete = true;
        } else {
          open.add(place(returns[stack], parents[stack]));
        }
      }
    }
    return intern(kept.sorted(), complete);
  }

  private void openCalls(int state, int stack) {
    int[] calls = network.calls(state);
    for (int i = 0; i < calls.length; i += 2) {
      int inside = network.ruleStart(calls[i]);
      boolean possible =
          network.distance(inside) < ByteNetwork.NEVER
              && network.distance(calls[i + 1]) < ByteNetwork.NEVER;
      if (possible && depths[stack] < MAX_STACK) {
        open.add(place(inside, push(calls[i + 1], stack)));
      }
    }
  }

  private int push(int returnState, int stack) {
    Integer known = stacks.putIfAbsent(place(returnState, stack), stackCount);
    if (known != null) {
      return known;
    }
    if (stackCount == returns.length) {
      int size = 2 * stackCount;
      returns = Arrays.copyOf(returns, size);
      parents = Arrays.copyOf(parents, size);
      depths = Arrays.copyOf(depths, size);
      distances = Arrays.copyOf(distances, size);
    }
    returns[stackCount] = returnState;
    parents[stackCount] = stack;
    depths[stackCount] = depths[stack] + 1;
    long distance = (long) distances[stack] + network.distance(returnState);
    distances[stackCount] = (int) Math.min(distance, ByteNetwork.NEVER);
    return stackCount++;
  }

  private State intern(long[] places, boolean complete) {
    State known = states.get(new Key(places, complete));
    if (known != null) {
      return known;
    }
    State fresh = new State(this, places, complete);
    states.put(new Key(places, complete), fresh);
    return fresh;
  }

  /// The same state of another run of the same network, as a state of this one.
  State adopt(State foreign) {
    if (foreign.owner == this) {
      return foreign;
    }
    long[] places = new long[foreign.places.length];
    for (int i = 0; i < places.length; i++) {
      int stack = adoptStack(foreign.owner, (int) foreign.places[i]);
      places[i] = place((int) (foreign.places[i] >>> 32), stack);
    }
    Arrays.sort(places);
    return intern(places, foreign.complete);
  }

  private int adoptStack(GrammarStates owner, int stack) {
    return stack == ROOT
        ? ROOT
        : push(owner.returns[stack], adoptStack(owner, owner.parents[stack]));
  }
}
