package fathom.generation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A grammar made ready for one vocabulary: which tokens may follow in which state.
///
/// Asking every token in every state would cost more than the model. Two observations help. First,
/// a state that was seen has its tokens noted. Second, most tokens are decided by the place in the
/// network alone, whatever there is to return to: within a text, nearly all tokens stay within it.
/// So for each place of the network the vocabulary's tree is walked once, which tells the tokens
/// that stay ("inside") from the few that lead beyond the end of the rule ("beyond"); only the
/// latter are tried with the actual stack. [Xu et al.: "XGrammar", 2024, section 3.1]
///
/// One thread at a time.
final class CompiledGrammar {
  private static final int MAX_STATES = 16_384;
  private static final long MAX_NOTES_BYTES = 64L << 20;

  private final ByteNetwork network;
  private final TokenTrie trie;
  private final Map<Integer, PlaceTokens> places = new HashMap<>();
  private final Map<Bits, long[]> same = new HashMap<>();
  private final GrammarStates.@Nullable State[] path; // by depth: the state on the way to a node
  private final boolean[] left; // by depth: whether the rule could have ended on the way
  private GrammarStates states;
  private long noted;

  CompiledGrammar(ByteNetwork network, TokenTrie trie) {
    this.network = network;
    this.trie = trie;
    this.states = new GrammarStates(network);
    this.path = new GrammarStates.State[trie.deepest() + 1];
    this.left = new boolean[trie.deepest() + 1];
  }

  /// What one place of the network says about the tokens.
  ///
  /// @param inside tokens that stay within the rule
  /// @param beyond nodes of the vocabulary's tree that lead beyond its end
  /// @param farthest largest distance after a token inside
  /// @param undecided tokens of more bytes than this are not decided; 0 if all are
  private record PlaceTokens(Bits inside, Nodes beyond, int farthest, int undecided) {}

  /// Nodes of the vocabulary's tree.
  private static final class Nodes {
    private final int[] nodes;

    Nodes(int[] nodes) {
      this.nodes = nodes;
    }
  }

  /// A set of tokens, a bit each, comparable.
  private static final class Bits {
    private final long[] words;

    Bits(long[] words) {
      this.words = words;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Bits bits && Arrays.equals(words, bits.words);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(words);
    }
  }

  /// The state after a token.
  GrammarStates.State after(GrammarStates.State state, int token) {
    return state.next(trie.string(token));
  }

  /// The same state, in fresh memory where the old has grown too large; of null the state before
  /// the text.
  GrammarStates.State current(GrammarStates.@Nullable State state) {
    if (states.size() > MAX_STATES || noted > MAX_NOTES_BYTES) {
      states = new GrammarStates(network);
      places.clear();
      same.clear();
      noted = 0;
    }
    return state == null ? states.start() : states.adopt(state);
  }

  /// Tokens that may follow, a bit each.
  long[] tokens(GrammarStates.State state) {
    long[] known = state.mask();
    if (known != null) {
      return known;
    }
    Collected tokens = new Collected();
    int longest = 0;
    for (int place : state.networkStates()) {
      PlaceTokens found = at(place);
      longest = Math.max(longest, found.farthest());
      for (int word = 0; word < tokens.words.length; word++) {
        tokens.words[word] |= found.inside().words[word];
      }
    }
    tokens.farthest = (int) Math.min((long) state.returnDistance() + longest, ByteNetwork.NEVER);
    for (int place : state.networkStates()) {
      PlaceTokens found = at(place);
      for (int node : found.beyond().nodes) {
        walk(state.next(trie.before(node)), node, trie.end(node), tokens);
      }
      if (found.undecided() > 0) {
        tryLong(state, found.undecided(), tokens);
      }
    }
    long[] shared = share(tokens.words);
    state.note(shared, tokens.farthest);
    return shared;
  }

  /// Tokens found, and how far from the end they lead.
  private final class Collected {
    private final long[] words = new long[(trie.vocabulary() + 63) / 64];
    private final ByteNetwork.Ints beyond = new ByteNetwork.Ints();
    private int farthest;

    void add(int token, int distance) {
      words[token >> 6] |= 1L << token;
      farthest = Math.max(farthest, distance);
    }

    void addAll(int node, int distance) {
      int last = trie.firstToken(trie.end(node));
      for (int i = trie.firstToken(node); i < last; i++) {
        add(trie.token(i), distance);
      }
    }
  }

  private void tryLong(GrammarStates.State state, int longerThan, Collected tokens) {
    for (int token : trie.longerThan(longerThan)) {
      GrammarStates.State after = state.next(trie.string(token));
      if (!after.dead()) {
        tokens.add(token, after.distance());
      } else {
        tokens.words[token >> 6] &= ~(1L << token);
      }
    }
  }

  private long[] share(long[] mask) {
    long[] known = same.putIfAbsent(new Bits(mask), mask);
    if (known == null) {
      noted += 8L * mask.length;
    }
    return known == null ? mask : known;
  }

  private PlaceTokens at(int place) {
    PlaceTokens known = places.get(place);
    if (known == null) {
      known = network.alike(place).map(this::like).orElseGet(() -> explore(place));
      places.put(place, known);
    }
    return known;
  }

  /// The tokens of a place that goes on as another does, but for long ones.
  private PlaceTokens like(ByteNetwork.Alike alike) {
    PlaceTokens model = at(alike.state());
    return new PlaceTokens(model.inside(), model.beyond(), model.farthest(), alike.bytes());
  }

  /// Walks the vocabulary from one place of the network.
  private PlaceTokens explore(int place) {
    Collected tokens = new Collected();
    walk(states.at(place), 0, trie.nodes(), tokens);
    noted += 4L * tokens.beyond.size();
    Nodes beyond = new Nodes(tokens.beyond.toArray());
    return new PlaceTokens(new Bits(share(tokens.words)), beyond, tokens.farthest, 0);
  }

  /// Walks a part of the vocabulary's tree, from the state before its first node.
  private void walk(GrammarStates.State state, int from, int to, Collected tokens) {
    int top = from < to ? trie.depth(from) - 1 : 0;
    path[top] = state;
    left[top] = false;
    int node = from;
    while (node < to) {
      int depth = trie.depth(node);
      GrammarStates.State before = Objects.requireNonNull(path[depth - 1]);
      GrammarStates.State after = before.next(trie.value(node));
      if (after.dead()) {
        if (left[depth - 1]) {
          tokens.beyond.add(node);
        }
        node = trie.end(node);
      } else if (trie.plainBelow(node) && after.stable()) {
        tokens.addAll(node, after.distance());
        node = trie.end(node);
      } else {
        path[depth] = after;
        left[depth] = left[depth - 1] || after.complete();
        for (int i = trie.firstToken(node); endsHere(i, node); i++) {
          tokens.add(trie.token(i), after.distance());
        }
        node++;
      }
    }
  }

  private boolean endsHere(int index, int node) {
    return index < trie.firstToken(trie.end(node)) && trie.endsAt(index, node);
  }

  /// Tokens after which the text can be completed within `bytes` more bytes, a bit each. Walks the
  /// vocabulary; meant for the last steps only.
  long[] tokensWithin(GrammarStates.State state, int bytes) {
    long[] mask = new long[(trie.vocabulary() + 63) / 64];
    path[0] = state;
    int node = 0;
    while (node < trie.nodes()) {
      int depth = trie.depth(node);
      GrammarStates.State before = Objects.requireNonNull(path[depth - 1]);
      GrammarStates.State after = before.next(trie.value(node));
      if (after.dead()) {
        node = trie.end(node);
        continue;
      }
      path[depth] = after;
      // Within a text most of the vocabulary's tree is told by one state.
      boolean alike = trie.plainBelow(node) && after.stable();
      int end = alike ? trie.end(node) : node + 1;
      int last = trie.firstToken(trie.end(node));
      for (int i = trie.firstToken(node); i < last && after.distance() <= bytes; i++) {
        if (!alike && !trie.endsAt(i, node)) {
          break;
        }
        int token = trie.token(i);
        mask[token >> 6] |= 1L << token;
      }
      node = end;
    }
    return mask;
  }
}
