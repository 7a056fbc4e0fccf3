package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PreTokenizerTest {
  /// Characters on which the expressions turn: every class, both lengths, the odd ones of each.
  private static final String ALPHABET =
      "abZ 'sStT\u017Frevmld  \t\n\r\u0085\u00A0\u3000\u2028\u200B\u200D\u180E\u001C09\u0663\u00BD\u2167"
          + "中々ぁゟ゠ーヿ一龥龦é\u0301\u0903\u20DD_-.!?\"{}<｜▁|+$^~`©∑\uFFFD\uE000\u0000\u007F\u0378";

  private static final int[] SUPPLEMENTARY = {
    0x1F600, 0x20000, 0x1D7D8, 0x10400, 0x1F1E6, 0xE0001, 0x10FFFF, 0x1E900, 0x11000
  };

  @Property(tries = 3000)
  void scannersCutWhereTheExpressionsMatch(@ForAll long seed) {
    String text = text(new Random(seed));
    for (KnownPreTokenizer known : KnownPreTokenizer.values()) {
      assertThat(pieces(KnownPreTokenizer.splitter(known.expressions()), text))
          .as("%s: %s", known, text)
          .isEqualTo(pieces(KnownPreTokenizer.slowSplitter(known.expressions()), text));
    }
    List<String> singleDigits =
        List.of("\\p{N}", KnownPreTokenizer.DEEPSEEK_V3.expressions().getLast());
    assertThat(pieces(KnownPreTokenizer.splitter(singleDigits), text))
        .isEqualTo(pieces(KnownPreTokenizer.slowSplitter(singleDigits), text));
  }

  @ParameterizedTest
  @EnumSource
  void leavesNothingOut(KnownPreTokenizer known) {
    for (int seed = 0; seed < 300; seed++) {
      String text = text(new Random(seed));
      assertThat(String.join("", known.create().pieces(text))).isEqualTo(text);
    }
  }

  @Test
  void knowsTheScannersOfTheReleasedFiles() {
    assertThat(PreTokenizer.deepSeekV3().splitter()).isEqualTo(new DeepSeekSplitter(3, true));
    assertThat(PreTokenizer.qwen2().splitter()).isEqualTo(new WordSplitter(1));
    assertThat(PreTokenizer.llama3().splitter()).isEqualTo(new WordSplitter(3));
    assertThat(PreTokenizer.deepSeekLlm().splitter()).isInstanceOf(Splitter.InSequence.class);
  }

  @Test
  void splitsDeepSeekV3InSequence() {
    assertThat(PreTokenizer.deepSeekV3().pieces("12345中文a  b\u0000\u0001c"))
        .containsExactly("123", "45", "中文", "a", " ", " b", "\u0000", "\u0001c");
  }

  @Test
  void splitsDeepSeekV2() {
    assertThat(PreTokenizer.deepSeekLlm().pieces("Hi there, 한국 123\n  x  "))
        .containsExactly("Hi", " there", ",", " ", "한국", " ", "1", "2", "3", "\n", " ", " x", "  ");
  }

  @Test
  void doesWhatTheFileSaysWithMatches() {
    String text = "ab--c-";
    assertThat(split("Isolated", false, text)).containsExactly("ab", "-", "-", "c", "-");
    assertThat(split("Removed", false, text)).containsExactly("ab", "c");
    assertThat(split("Contiguous", false, text)).containsExactly("ab", "--", "c", "-");
    assertThat(split("MergedWithPrevious", false, text)).containsExactly("ab-", "-", "c-");
    assertThat(split("MergedWithNext", false, text)).containsExactly("ab", "-", "-c", "-");
    assertThat(split("Removed", true, text)).containsExactly("-", "-", "-");
  }

  @Test
  void splitsDigitsAndGpt2() {
    Map<String, Object> digits = Map.of("type", "Digits", "individual_digits", false);
    Map<String, Object> bytes =
        Map.of("type", "ByteLevel", "add_prefix_space", false, "use_regex", true);
    Map<String, Object> both = Map.of("type", "Sequence", "pretokenizers", List.of(digits, bytes));
    assertThat(PreTokenizerSection.read("f", both).pieces("it's a12b  c"))
        .containsExactly("it", "'s", " a", "12", "b", " ", " c");
  }

  @Test
  void refusesWhatItCannotDo() {
    assertRefused(
        Map.of("type", "Metaspace"), "Sequence, Split, Digits or ByteLevel, found Metaspace");
    assertRefused(
        Map.of("type", "ByteLevel", "add_prefix_space", true), "add_prefix_space: expected false");
    assertRefused(section("[a", "Isolated"), "expected a regular expression, found [a");
    assertRefused(section("(".repeat(5000), "Isolated"), "expected a regular expression");
    assertRefused(section("a", "Sideways"), "found Sideways");
    assertRefused(JsonNull.NULL, "expected an object, found null");
  }

  @Test
  void stopsAnExpressionThatBacktracksWithoutEnd() {
    PreTokenizer hostile = PreTokenizerSection.read("f", section("x*x*x*x*y", "Isolated"));
    assertThatThrownBy(() -> hostile.pieces("x".repeat(3000)))
        .isInstanceOf(MalformedTokenizerException.class)
        .hasMessageContaining("backtrack");
    PreTokenizer deep = PreTokenizerSection.read("f", section("(a|ab|b)*c", "Isolated"));
    assertThatThrownBy(() -> deep.pieces("ab".repeat(200_000)))
        .isInstanceOf(MalformedTokenizerException.class);
  }

  private static void assertRefused(Object section, String message) {
    assertThatThrownBy(() -> PreTokenizerSection.read("f", section))
        .isInstanceOf(MalformedTokenizerException.class)
        .hasMessageContaining(message);
  }

  private static Map<String, Object> section(String regex, String behavior) {
    return Map.of(
        "type",
        "Sequence",
        "pretokenizers",
        List.of(
            Map.of("type", "Split", "pattern", Map.of("Regex", regex), "behavior", behavior),
            Map.of("type", "ByteLevel", "add_prefix_space", false, "use_regex", false)));
  }

  /// The pieces of `text` when hyphens are split off in this way.
  private static List<String> split(String behavior, boolean invert, String text) {
    Map<String, Object> split =
        Map.of(
            "type",
            "Split",
            "pattern",
            Map.of("String", "-"),
            "behavior",
            behavior,
            "invert",
            invert);
    Map<String, Object> bytes =
        Map.of("type", "ByteLevel", "add_prefix_space", false, "use_regex", false);
    return PreTokenizerSection.read(
            "f", Map.of("type", "Sequence", "pretokenizers", List.of(split, bytes)))
        .pieces(text);
  }

  private static List<String> pieces(Splitter splitter, String text) {
    List<String> pieces = new ArrayList<>();
    char[] characters = text.toCharArray();
    splitter.split(
        characters,
        0,
        characters.length,
        (from, to) -> pieces.add(new String(characters, from, to - from)));
    return pieces;
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(30);
    for (int i = 0; i < length; i++) {
      if (random.nextInt(8) == 0) {
        text.appendCodePoint(SUPPLEMENTARY[random.nextInt(SUPPLEMENTARY.length)]);
      } else {
        text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
      }
    }
    return text.toString();
  }
}
