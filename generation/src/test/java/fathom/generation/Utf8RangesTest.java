package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Utf8RangesTest {
  private static GrammarStates.State raw(int low, int high) {
    ByteNetwork.Builder network = new ByteNetwork.Builder();
    int rule = network.newRule();
    new Utf8Ranges(network).raw(network.start(rule), low, high, network.end(rule));
    return new GrammarStates(network.build()).start();
  }

  private static byte[] utf8(int codePoint) {
    return Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
  }

  @Property(tries = 150)
  void exactlyTheCodePointsOfARangeAreAccepted(@ForAll long seed) {
    Random random = new Random(seed);
    int[] limits = {0x7f, 0x7ff, 0xd7ff, 0xe000, 0xffff, 0x10ffff};
    int low = limit(random, limits);
    int high = Math.max(low, limit(random, limits));
    if (low >= 0xd800 && high <= 0xdfff) {
      return;
    }
    GrammarStates.State start = raw(low, high);
    for (int i = 0; i < 300; i++) {
      int c = random.nextBoolean() ? limit(random, limits) : near(random, low, high);
      if (Character.isValidCodePoint(c) && (c < 0xd800 || c > 0xdfff)) {
        assertThat(start.next(utf8(c)).complete())
            .as("U+%04X in U+%04X..U+%04X", c, low, high)
            .isEqualTo(low <= c && c <= high);
      }
    }
  }

  private static int limit(Random random, int[] limits) {
    int c = limits[random.nextInt(limits.length)] + random.nextInt(200) - 100;
    int any = random.nextInt(0x110000);
    return Math.clamp(random.nextInt(4) == 0 ? any : c, 0, 0x10ffff);
  }

  private static int near(Random random, int low, int high) {
    return (random.nextBoolean() ? low : high) + random.nextInt(5) - 2;
  }

  @Test
  void malformedBytesAreNotAccepted() {
    GrammarStates.State start = raw(0, 0x10ffff);
    for (byte[] malformed :
        new byte[][] {
          {(byte) 0x80},
          {(byte) 0xc0, (byte) 0x80},
          {(byte) 0xe0, (byte) 0x80, (byte) 0x80},
          {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
          {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
          {(byte) 0xff}
        }) {
      assertThat(start.next(malformed).dead()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {"34 \\\"", "92 \\\\", "10 \\n", "9 \\t", "13 \\r", "8 \\b", "12 \\f", "97 a"})
  void insideStringsWhatMustBeEscapedIs(int codePoint, String text) {
    ByteNetwork.Builder network = new ByteNetwork.Builder();
    int rule = network.newRule();
    new Utf8Ranges(network).inString(network.start(rule), codePoint, codePoint, network.end(rule));
    GrammarStates.State start = new GrammarStates(network.build()).start();
    assertThat(start.next(text.getBytes(StandardCharsets.UTF_8)).complete()).isTrue();
    if (codePoint != 'a') {
      assertThat(start.next(utf8(codePoint)).complete()).isFalse();
    }
  }
}
