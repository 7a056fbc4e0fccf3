package fathom.generation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The rules of JSON itself, shared by all schemas of one grammar: strings, numbers, any value, and
/// the white space that a model may put between them.
///
/// White space is bounded: none, one blank, or a new line with its indentation. A model that may
/// write blanks without end sometimes does.
final class JsonRules {
  private static final int MAX_INDENTATION = 48;
  private static final int INTEGER_DIGITS = 18;
  private static final int FRACTION_DIGITS = 20;

  /// So far from its greatest length it makes no difference how long a string is, for most tokens.
  private static final int ALIKE_BYTES = 24;

  private final ByteNetwork.Builder network;
  private final Utf8Ranges utf8;
  private final Map<String, Integer> rules = new HashMap<>();

  JsonRules(ByteNetwork.Builder network) {
    this.network = network;
    this.utf8 = new Utf8Ranges(network);
  }

  /// Writes a rule's body from its first to its last state.
  interface Body {
    void write(int from, int to);
  }

  /// The rule of this name, written when first asked for; it may call itself.
  int rule(String name, Body body) {
    Integer known = rules.get(name);
    if (known != null) {
      return known;
    }
    int rule = network.newRule();
    rules.put(name, rule);
    body.write(network.start(rule), network.end(rule));
    return rule;
  }

  /// Calls a rule; returns the state behind it.
  int call(int from, int rule) {
    int to = network.newState();
    network.call(from, rule, to);
    return to;
  }

  /// These characters; returns the state behind them.
  int literal(int from, String text) {
    return network.literal(from, text.getBytes(StandardCharsets.UTF_8));
  }

  /// One of several texts, as a tree, so that their common beginnings are followed once.
  void anyOf(int from, Iterable<String> texts, int to) {
    TreeMap<String, byte[]> sorted = new TreeMap<>();
    texts.forEach(text -> sorted.put(text, text.getBytes(StandardCharsets.UTF_8)));
    tree(from, new ArrayList<>(sorted.values()), 0, to);
  }

  private void tree(int from, List<byte[]> texts, int depth, int to) {
    Map<Byte, List<byte[]>> byNext = new TreeMap<>();
    for (byte[] text : texts) {
      if (text.length == depth) {
        network.silent(from, to);
      } else {
        byNext.computeIfAbsent(text[depth], b -> new ArrayList<>()).add(text);
      }
    }
    byNext.forEach(
        (next, rest) -> {
          if (rest.size() == 1) {
            byte[] text = rest.getFirst();
            byte[] tail = java.util.Arrays.copyOfRange(text, depth, text.length);
            network.silent(network.literal(from, tail), to);
          } else {
            int inside = network.newState();
            network.range(from, next & 0xff, next & 0xff, inside);
            tree(inside, rest, depth + 1, to);
          }
        });
  }

  /// White space between tokens; returns the state behind it. Blanks and line ends are edges of the
  /// rule that they stand in, so that what a token goes on with after them is decided there.
  int space(int from) {
    int to = network.newState();
    network.silent(from, to);
    network.range(from, ' ', ' ', to);
    network.range(from, '\n', '\n', to);
    int line = network.newState();
    network.range(from, '\n', '\n', line);
    network.call(line, indentation(), to);
    return to;
  }

  private int indentation() {
    return rule(
        "indentation",
        (from, to) -> {
          int line = from;
          for (int i = 0; i < MAX_INDENTATION; i++) {
            int next = network.newState();
            network.range(line, ' ', ' ', next);
            network.range(line, '\t', '\t', next);
            network.silent(next, to);
            line = next;
          }
        });
  }

  /// What may stand before the whole: up to two new lines, as models put after a thought.
  int opening(int from) {
    int to = blank(from);
    int line = network.newState();
    network.range(from, '\n', '\n', line);
    network.silent(line, to);
    network.range(line, '\n', '\n', to);
    return to;
  }

  /// A blank or nothing, after a colon.
  int blank(int from) {
    int to = network.newState();
    network.silent(from, to);
    network.range(from, ' ', ' ', to);
    return to;
  }

  /// Any string, quotes included.
  int string() {
    return rule(
        "string",
        (from, to) -> {
          int inside = network.newState();
          network.range(from, '"', '"', inside);
          character(inside, inside);
          codeUnit(inside, inside);
          network.range(inside, '"', '"', to);
        });
  }

  /// A string between quotes whose characters an automaton accepts.
  void string(int from, CharAutomaton automaton, int to) {
    int[] states = new int[automaton.states()];
    for (int i = 0; i < states.length; i++) {
      states[i] = network.newState();
    }
    network.range(from, '"', '"', states[0]);
    for (int i = 0; i < states.length; i++) {
      for (CharAutomaton.Edge edge : automaton.edges(i)) {
        if (edge.silent()) {
          network.silent(states[i], states[edge.target()]);
        } else {
          utf8.inString(states[i], edge.low(), edge.high(), states[edge.target()]);
        }
      }
      if (automaton.end(i)) {
        network.range(states[i], '"', '"', to);
      }
    }
  }

  /// A string of a length within bounds.
  void string(int from, int least, int most, int to) {
    int at = network.newState();
    network.range(from, '"', '"', at);
    int first = at; // where the string may end for the first time
    for (int i = 0; i < Math.max(least, most); i++) {
      first = i == least ? at : first;
      if (i >= least) {
        network.range(at, '"', '"', to);
      }
      if (i > least && most - i >= ALIKE_BYTES) {
        network.alike(at, first, ALIKE_BYTES);
      }
      int next = network.newState();
      character(at, next);
      at = next;
    }
    if (most < 0) {
      character(at, at);
    }
    network.range(at, '"', '"', to);
  }

  /// One character of a string: as it is, or in a short escape.
  private void character(int from, int to) {
    utf8.raw(from, 0x20, '"' - 1, to);
    utf8.raw(from, '"' + 1, '\\' - 1, to);
    utf8.raw(from, '\\' + 1, CharAutomaton.MAX_CODE_POINT, to);
    int escape = network.newState();
    network.range(from, '\\', '\\', escape);
    for (char c : "\"\\/bfnrt".toCharArray()) {
      network.range(escape, c, c, to);
    }
  }

  /// `\\u` and four hexadecimal digits, and where they are the first half of a pair, the second
  /// half.
  private void codeUnit(int begin, int to) {
    int from = literal(begin, "\\u");
    int three = network.newState();
    int two = network.newState();
    int one = network.newState();
    network.range(from, '0', '9', three);
    hexLetters(from, 'a', 'c', three);
    hexLetters(from, 'e', 'f', three);
    hex(three, two);
    hex(two, one);
    hex(one, to);
    int d = network.newState();
    hexLetters(from, 'd', 'd', d);
    network.range(d, '0', '7', two);
    int high = network.newState();
    network.range(d, '8', '9', high);
    hexLetters(d, 'a', 'b', high);
    int high2 = network.newState();
    hex(high, high2);
    int second = network.newState();
    hex(high2, second);
    int low = literal(second, "\\u");
    int low1 = network.newState();
    hexLetters(low, 'd', 'd', low1);
    int low2 = network.newState();
    hexLetters(low1, 'c', 'f', low2);
    int low3 = network.newState();
    hex(low2, low3);
    hex(low3, to);
  }

  private void hex(int from, int to) {
    network.range(from, '0', '9', to);
    hexLetters(from, 'a', 'f', to);
  }

  private void hexLetters(int from, char low, char high, int to) {
    network.range(from, low, high, to);
    network.range(from, Character.toUpperCase(low), Character.toUpperCase(high), to);
  }

  /// Any integer that fits 64 bits.
  int integer() {
    return rule("integer", (from, to) -> integerPart(from, to));
  }

  /// Any number that a double holds.
  int number() {
    return rule(
        "number",
        (from, to) -> {
          int whole = network.newState();
          integerPart(from, whole);
          network.silent(whole, to);
          int exact = network.newState();
          network.silent(whole, exact);
          int place = network.newState();
          network.range(whole, '.', '.', place);
          for (int i = 0; i < FRACTION_DIGITS; i++) {
            int next = network.newState();
            network.range(place, '0', '9', next);
            network.silent(next, to);
            network.silent(next, exact);
            place = next;
          }
          exponent(exact, to);
        });
  }

  private void exponent(int from, int to) {
    int sign = network.newState();
    network.range(from, 'e', 'e', sign);
    network.range(from, 'E', 'E', sign);
    int digits = network.newState();
    network.silent(sign, digits);
    network.range(sign, '+', '+', digits);
    network.range(sign, '-', '-', digits);
    int second = network.newState();
    network.range(digits, '0', '9', second);
    network.silent(second, to);
    network.range(second, '0', '9', to);
  }

  private void integerPart(int from, int to) {
    int digits = network.newState();
    network.silent(from, digits);
    network.range(from, '-', '-', digits);
    network.range(digits, '0', '0', to);
    int place = network.newState();
    network.range(digits, '1', '9', place);
    for (int i = 1; i < INTEGER_DIGITS; i++) {
      network.silent(place, to);
      int next = network.newState();
      network.range(place, '0', '9', next);
      place = next;
    }
    network.silent(place, to);
  }

  /// Any JSON value.
  int value() {
    return rule(
        "value",
        (from, to) -> {
          for (int rule : new int[] {string(), number(), object(), array()}) {
            network.call(from, rule, to);
          }
          anyOf(from, List.of("true", "false", "null"), to);
        });
  }

  /// Any JSON object.
  int object() {
    return rule(
        "object",
        (from, to) -> {
          int open = space(literal(from, "{"));
          int member = network.newState();
          network.silent(open, member);
          int colon = literal(call(member, string()), ":");
          int behind = call(blank(colon), value());
          network.silent(space(literal(behind, ",")), member);
          network.range(open, '}', '}', to);
          network.range(space(behind), '}', '}', to);
        });
  }

  /// Any JSON array.
  int array() {
    return rule(
        "array",
        (from, to) -> {
          int open = space(literal(from, "["));
          int item = network.newState();
          network.silent(open, item);
          int behind = call(item, value());
          network.silent(space(literal(behind, ",")), item);
          network.range(open, ']', ']', to);
          network.range(space(behind), ']', ']', to);
        });
  }

  ByteNetwork.Builder network() {
    return network;
  }
}
