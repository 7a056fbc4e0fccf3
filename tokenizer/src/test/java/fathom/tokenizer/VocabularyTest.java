package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class VocabularyTest {
  @Property(tries = 100)
  void findsEveryTokenByItsBytesAndNoOther(@ForAll long seed) {
    Random random = new Random(seed);
    Vocabulary.Builder builder = new Vocabulary.Builder();
    Map<String, Integer> expected = new HashMap<>();
    for (int i = 0; i < 2000; i++) {
      String token = token(random);
      int id = i * 3;
      assertThat(builder.add(id, token)).isEqualTo(expected.putIfAbsent(token, id) == null);
    }
    Vocabulary vocabulary = builder.build();
    assertThat(vocabulary.count()).isEqualTo(expected.size());
    expected.forEach(
        (token, id) -> {
          byte[] bytes = ByteAlphabet.bytes(token);
          assertThat(vocabulary.id(token)).isEqualTo(id);
          assertThat(vocabulary.id(bytes, 0, bytes.length)).isEqualTo(id);
          assertThat(vocabulary.is(id, bytes, 0, bytes.length)).isTrue();
          assertThat(vocabulary.token(id)).isEqualTo(token);
          assertThat(vocabulary.bytes(id)).isEqualTo(bytes);
        });
    assertThat(vocabulary.id("never made")).isEqualTo(Vocabulary.ABSENT);
    assertThat(vocabulary.has(1)).isFalse();
  }

  @Test
  void keepsTokensBeyondTheAlphabetApartFromBytes() {
    Vocabulary.Builder builder = new Vocabulary.Builder();
    assertThat(builder.add(0, "｜")).isTrue();
    Vocabulary vocabulary = builder.build();
    byte[] utf8 = "｜".getBytes(StandardCharsets.UTF_8);
    assertThat(vocabulary.id(utf8, 0, utf8.length)).isEqualTo(Vocabulary.ABSENT);
    assertThat(vocabulary.id("｜")).isZero();
    assertThat(vocabulary.token(0)).isEqualTo("｜");
    assertThat(vocabulary.bytes(0)).isEqualTo(utf8);
  }

  @Test
  void writesEveryByteAsACharacterOfItsOwn() {
    for (int b = 0; b < 256; b++) {
      assertThat(ByteAlphabet.unsignedByte(ByteAlphabet.character(b))).isEqualTo(b);
    }
    assertThat(ByteAlphabet.character(' ')).isEqualTo('Ġ');
    assertThat(ByteAlphabet.character('\n')).isEqualTo('Ċ');
    assertThat(ByteAlphabet.unsignedByte('中')).isNegative();
  }

  @Property(tries = 50)
  void ranksAreFoundHoweverManyThereAre(@ForAll long seed) {
    Random random = new Random(seed);
    MergeRanks ranks = MergeRanks.withCapacity(random.nextInt(10));
    Map<Long, Long> expected = new HashMap<>();
    for (int rank = 0; rank < 3000; rank++) {
      int left = random.nextInt(100);
      int right = random.nextInt(100);
      ranks.add(left, right, rank + 7);
      expected.put(((long) left << 32) | right, ((long) rank << 32) | (rank + 7));
      assertThat(ranks.left(rank)).isEqualTo(left);
      assertThat(ranks.right(rank)).isEqualTo(right);
    }
    for (int left = 0; left < 100; left++) {
      for (int right = 0; right < 100; right++) {
        assertThat(ranks.find(left, right))
            .isEqualTo(expected.getOrDefault(((long) left << 32) | right, MergeRanks.NONE));
      }
    }
  }

  private static String token(Random random) {
    StringBuilder token = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      token.append(ByteAlphabet.character(random.nextInt(256)));
    }
    return token.toString();
  }
}
