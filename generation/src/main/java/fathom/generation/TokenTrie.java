package fathom.generation;

import fathom.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The byte strings of a vocabulary as a tree, its nodes in preorder: common beginnings of tokens
/// are followed once, and what can't go on is skipped with all that begins so.
///
/// A control token (`<｜User｜>`, `<tool_call>`) is no text, whether its file marks it special or
/// only adds it. It stands in the tree under a byte that UTF-8 does not have and its id, so that
/// only a grammar that names it can meet it.
final class TokenTrie {
  /// No byte of UTF-8; begins the name of a control token.
  static final byte SPECIAL = (byte) 0xff;

  private static final byte[] NOTHING = {};

  private final byte[] bytes; // of a node: the last byte of its string
  private final short[] depths; // of a node: length of its string
  private final int[] ends; // of a node: the next one that is not below it
  private final int[] firstTokens; // of a node: index into tokens; one entry more
  private final int[] tokens;
  private final byte[][] strings; // of a token
  private final int vocabulary;
  private final boolean[] plainBelow; // of a node: whether all bytes below it are plain
  private int deepest;

  private TokenTrie(byte[][] strings) {
    this.strings = strings;
    this.vocabulary = strings.length;
    Integer[] order = order(strings);
    int nodes = count(order);
    bytes = new byte[nodes];
    depths = new short[nodes];
    ends = new int[nodes];
    firstTokens = new int[nodes + 1];
    tokens = new int[order.length];
    plainBelow = new boolean[nodes];
    fill(order);
    for (int node = nodes - 1; node >= 0; node--) {
      plainBelow[node] = findPlain(node);
    }
  }

  private boolean findPlain(int node) {
    for (int child = node + 1; child < ends[node]; child = ends[child]) {
      if (!plain(bytes[child]) || !plainBelow[child]) {
        return false;
      }
    }
    return true;
  }

  /// Whether a byte is a character that means nothing in JSON strings, as most are.
  static boolean plain(int value) {
    return value >= 0x20 && value < 0x7f && value != '"' && value != '\\';
  }

  /// The tokens of a model whose vocabulary may have more rows than the tokenizer has tokens.
  static TokenTrie of(Tokenizer tokenizer, int vocabulary) {
    byte[][] strings = new byte[vocabulary][];
    int known = Math.min(vocabulary, tokenizer.vocabularySize());
    for (int id = 0; id < vocabulary; id++) {
      strings[id] = id < known ? string(tokenizer, id) : NOTHING;
    }
    return new TokenTrie(strings);
  }

  private static byte[] string(Tokenizer tokenizer, int id) {
    if (tokenizer.isAdded(id)) {
      return special(id);
    }
    byte[] bytes = tokenizer.bytes(id);
    for (byte b : bytes) {
      if (b == SPECIAL) {
        return NOTHING; // a vocabulary has a token for each byte, also for those that no text has
      }
    }
    return bytes;
  }

  /// The string under which a control token stands.
  static byte[] special(int id) {
    return new byte[] {SPECIAL, (byte) (id >> 16), (byte) (id >> 8), (byte) id};
  }

  private static Integer[] order(byte[][] strings) {
    List<Integer> order = new ArrayList<>();
    for (int id = 0; id < strings.length; id++) {
      if (strings[id].length > 0 && strings[id].length < Short.MAX_VALUE) {
        order.add(id);
      }
    }
    order.sort((a, b) -> Arrays.compareUnsigned(strings[a], strings[b]));
    return order.toArray(Integer[]::new);
  }

  private int common(byte[] a, byte[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  private int count(Integer[] order) {
    int nodes = 0;
    byte[] before = new byte[0];
    for (int id : order) {
      nodes += strings[id].length - common(before, strings[id]);
      before = strings[id];
    }
    return nodes;
  }

  private void fill(Integer[] order) {
    int node = -1;
    byte[] before = new byte[0];
    for (int i = 0; i < order.length; i++) {
      byte[] string = strings[order[i]];
      for (int depth = common(before, string); depth < string.length; depth++) {
        node++;
        bytes[node] = string[depth];
        depths[node] = (short) (depth + 1);
        firstTokens[node] = i;
      }
      deepest = Math.max(deepest, string.length);
      tokens[i] = order[i];
      before = string;
    }
    firstTokens[bytes.length] = order.length;
    findEnds();
  }

  /// The first tokens of nodes without one are those of the next node, which the filling has set: a
  /// node was made with the first token below it, so it has tokens only if that one ends there.
  private void findEnds() {
    int[] open = new int[deepest + 1];
    int size = 0;
    for (int node = 0; node < bytes.length; node++) {
      while (size > 0 && depths[open[size - 1]] >= depths[node]) {
        ends[open[--size]] = node;
      }
      open[size++] = node;
    }
    while (size > 0) {
      ends[open[--size]] = bytes.length;
    }
  }

  /// The tokens of more bytes than these.
  int[] longerThan(int length) {
    return java.util.Arrays.stream(tokens).filter(id -> strings[id].length > length).toArray();
  }

  int vocabulary() {
    return vocabulary;
  }

  int nodes() {
    return bytes.length;
  }

  /// Length of the longest token in bytes.
  int deepest() {
    return deepest;
  }

  int value(int node) {
    return bytes[node] & 0xff;
  }

  /// Length of a node's string.
  int depth(int node) {
    return depths[node];
  }

  /// Whether all bytes below a node are plain.
  boolean plainBelow(int node) {
    return plainBelow[node];
  }

  /// The next node that is not below this one.
  int end(int node) {
    return ends[node];
  }

  /// Index of the first token at or below a node; those of the next nodes follow.
  int firstToken(int node) {
    return firstTokens[node];
  }

  /// The string that all tokens at or below a node begin with, without its last byte.
  byte[] before(int node) {
    return Arrays.copyOf(strings[tokens[firstTokens[node]]], depths[node] - 1);
  }

  /// The token at an index.
  int token(int index) {
    return tokens[index];
  }

  /// A token's byte string; empty for one that no text contains.
  byte[] string(int token) {
    return strings[token];
  }

  /// Whether the token at an index ends at a node.
  boolean endsAt(int index, int node) {
    return strings[tokens[index]].length == depths[node];
  }
}
