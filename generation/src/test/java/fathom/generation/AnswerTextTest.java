package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class AnswerTextTest {
  private static AnswerText text(String... stops) {
    return new AnswerText(Engines.tokenizer().newStreamingDecoder(), List.of(stops));
  }

  /// Feeds text token by token and ends at the first stop; returns the pieces.
  private static List<String> feed(AnswerText answer, int... ids) {
    List<String> pieces = new ArrayList<>();
    for (int id : ids) {
      pieces.add(answer.accept(id));
      if (answer.stop().isPresent()) {
        return pieces;
      }
    }
    pieces.add(answer.finish());
    return pieces;
  }

  private static int[] bytes(String text) {
    // One token for each character: the longest pieces are avoided by encoding one at a time.
    return text.chars()
        .flatMap(c -> java.util.Arrays.stream(Engines.tokenizer().encode(Character.toString(c))))
        .toArray();
  }

  @Test
  void aStopStringAcrossTokensEndsTheTextBeforeIt() {
    AnswerText answer = text("END");
    List<String> pieces = feed(answer, bytes("abc E xENDyy"));
    assertThat(String.join("", pieces)).isEqualTo("abc E x");
    assertThat(answer.stop()).isEqualTo(Optional.of("END"));
    assertThat(answer.text()).isEqualTo("abc E x");
  }

  @Test
  void whatMayBeAStopStringIsHeldBackUntilItIsNot() {
    AnswerText answer = text("<stop>");
    List<String> pieces = feed(answer, bytes("a<stoic"));
    assertThat(pieces).containsExactly("a", "", "", "", "", "<stoi", "c", "");
  }

  @Test
  void whatIsHeldBackComesWithTheEnd() {
    AnswerText answer = text("<stop>");
    assertThat(feed(answer, bytes("a<st"))).containsExactly("a", "", "", "", "<st");
    assertThat(answer.text()).isEqualTo("a<st");
  }

  @Test
  void aStopStringThatBeginsWithinAnotherStartIsFound() {
    AnswerText answer = text("aab");
    assertThat(String.join("", feed(answer, bytes("xaaab")))).isEqualTo("xa");
  }

  @Test
  void ofTwoStopStringsTheFirstThatIsCompleteWins() {
    AnswerText answer = text("abcd", "bc");
    assertThat(String.join("", feed(answer, bytes("xabcd")))).isEqualTo("xa");
    assertThat(answer.stop()).isEqualTo(Optional.of("bc"));
  }

  @Test
  void aStopStringOfSeveralBytesACharacterIsFound() {
    AnswerText answer = text("€");
    int[] ids = Engines.tokenizer().encode("5 € and more");
    assertThat(String.join("", feed(answer, ids))).isEqualTo("5 ");
  }

  @Property(tries = 300)
  void streamingEqualsSearchingTheWholeText(@ForAll long seed) {
    Random random = new Random(seed);
    String whole = random(random, 40);
    List<String> stops = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      stops.add(random(random, 1 + random.nextInt(4)));
    }
    AnswerText answer = text(stops.toArray(String[]::new));
    String streamed = String.join("", feed(answer, bytes(whole)));
    assertThat(streamed).isEqualTo(naive(whole, stops)).isEqualTo(answer.text());
  }

  private static String random(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(3)));
    }
    return text.toString();
  }

  private static String naive(String whole, List<String> stops) {
    for (int end = 1; end <= whole.length(); end++) {
      String text = whole.substring(0, end);
      int longest = stops.stream().filter(text::endsWith).mapToInt(String::length).max().orElse(0);
      if (longest > 0) {
        return text.substring(0, end - longest);
      }
    }
    return whole;
  }

  @Test
  @Timeout(10)
  void hostileStopStringsCostNoMoreThanOthers() {
    String[] stops = new String[16];
    for (int i = 0; i < 16; i++) {
      stops[i] = "a".repeat(1000 + i) + "b";
    }
    AnswerText answer = text(stops);
    int a = Engines.tokenizer().encode("a")[0];
    for (int i = 0; i < 100_000; i++) {
      assertThat(answer.accept(a).length()).isLessThanOrEqualTo(1);
    }
    assertThat(answer.finish()).hasSize(1015);
  }
}
