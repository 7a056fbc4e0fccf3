package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegularExpressionTest {
  /// Runs an automaton on a text, state set by state set.
  private static boolean accepts(CharAutomaton automaton, String text) {
    Set<Integer> at = closure(automaton, Set.of(0));
    for (int c : text.codePoints().toArray()) {
      Set<Integer> next = new HashSet<>();
      for (int state : at) {
        for (CharAutomaton.Edge edge : automaton.edges(state)) {
          if (!edge.silent() && edge.low() <= c && c <= edge.high()) {
            next.add(edge.target());
          }
        }
      }
      at = closure(automaton, next);
    }
    return at.stream().anyMatch(automaton::end);
  }

  private static Set<Integer> closure(CharAutomaton automaton, Set<Integer> states) {
    Set<Integer> closed = new HashSet<>();
    java.util.ArrayDeque<Integer> open = new java.util.ArrayDeque<>(states);
    while (!open.isEmpty()) {
      int state = open.pop();
      if (closed.add(state)) {
        for (CharAutomaton.Edge edge : automaton.edges(state)) {
          if (edge.silent()) {
            open.add(edge.target());
          }
        }
      }
    }
    return closed;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "^a+b?c*$",
        "a|b",
        "^(a|b)*c$",
        "^a{2}$",
        "^a{2,}b$",
        "^a{1,3}$",
        "^(ab){2,3}$",
        "[a-c]x",
        "^[^a]*$",
        "^\\d+$",
        "\\w",
        "^\\W?a$",
        "^a.c$",
        "^$",
        "",
        "^(?:a|bc)+$",
        "^a+?b$",
        "^[\\w-]+$",
        "^\\u0061b$",
        "^\\x61$",
        "a$|^b",
        "^(a(b(c)?)?)?$",
        "^a{0}b$",
        "^[abc-]+$",
        "^\\{a\\}$",
        "^(?<name>a)b$",
        "^[\\s]b$"
      })
  void patternsMatchAsTheyDoInJava(String pattern) {
    CharAutomaton automaton = RegularExpression.parse(pattern, "");
    Pattern java = Pattern.compile(pattern);
    Random random = new Random(7);
    for (int i = 0; i < 3000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(7); length > 0; length--) {
        text.append("aabbccx1_- {}é".charAt(random.nextInt(14)));
      }
      assertThat(accepts(automaton, text.toString()))
          .as("%s on '%s'", pattern, text)
          .isEqualTo(java.matcher(text).find());
    }
  }

  @Property(tries = 200)
  void randomPatternsMatchAsTheyDoInJava(@ForAll long seed) {
    Random random = new Random(seed);
    String pattern = "^(" + pattern(random, 3) + ")$";
    CharAutomaton automaton = RegularExpression.parse(pattern, "");
    Pattern java = Pattern.compile(pattern);
    for (int i = 0; i < 100; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(6); length > 0; length--) {
        text.append((char) ('a' + random.nextInt(3)));
      }
      assertThat(accepts(automaton, text.toString()))
          .as("%s on '%s'", pattern, text)
          .isEqualTo(java.matcher(text).matches());
    }
  }

  private static String pattern(Random random, int depth) {
    if (depth == 0) {
      return switch (random.nextInt(4)) {
        case 0 -> "[ab]";
        case 1 -> "[^a]";
        case 2 -> ".";
        default -> Character.toString('a' + random.nextInt(3));
      };
    }
    String a = pattern(random, depth - 1);
    String b = pattern(random, depth - 1);
    return switch (random.nextInt(6)) {
      case 0 -> a + b;
      case 1 -> "(" + a + "|" + b + ")";
      case 2 -> "(" + a + ")*" + b;
      case 3 -> "(" + a + ")?";
      case 4 -> "(" + a + "){1,2}" + b;
      default -> "(?:" + a + ")+";
    };
  }

  @Property(tries = 100)
  void countingKeepsWhatHasTheRightLength(@ForAll long seed) {
    Random random = new Random(seed);
    String pattern = "^(" + pattern(random, 3) + ")$";
    int least = random.nextInt(4);
    int most = random.nextInt(3) == 0 ? -1 : least + random.nextInt(3);
    CharAutomaton automaton = RegularExpression.parse(pattern, "");
    CharAutomaton counted = automaton.counted(least, most);
    for (int i = 0; i < 100; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(7); length > 0; length--) {
        text.append((char) ('a' + random.nextInt(3)));
      }
      boolean right = text.length() >= least && (most < 0 || text.length() <= most);
      assertThat(accepts(counted, text.toString()))
          .isEqualTo(right && accepts(automaton, text.toString()));
    }
  }

  @Property(tries = 100)
  void allButSomeTextsIsEverythingElse(@ForAll long seed) {
    Random random = new Random(seed);
    Set<String> texts = new HashSet<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      texts.add("abcabd".substring(random.nextInt(4), 4 + random.nextInt(3)));
    }
    CharAutomaton automaton = CharAutomaton.allBut(texts);
    for (int from = 0; from < 6; from++) {
      for (int to = from; to <= 6; to++) {
        String text = "abcabd".substring(from, to);
        assertThat(accepts(automaton, text)).isEqualTo(!texts.contains(text));
      }
    }
  }
}
