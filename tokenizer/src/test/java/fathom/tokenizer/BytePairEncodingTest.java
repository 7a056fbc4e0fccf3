package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BytePairEncodingTest {
  @Property(tries = 500)
  void theHeapMergesAsTheScanDoesAndAsTheDefinitionReads(@ForAll long seed) {
    Random random = new Random(seed);
    BytePairEncoding encoding = encoding(random);
    int[] symbols = new int[1 + random.nextInt(60)];
    for (int i = 0; i < symbols.length; i++) {
      symbols[i] = random.nextInt(4);
    }
    int[] scanned = symbols.clone();
    int[] heaped = symbols.clone();
    int scannedCount = encoding.mergeShort(scanned, scanned.length);
    int heapedCount = encoding.mergeLong(heaped, heaped.length);
    List<Integer> naive = naive(encoding.merges(), symbols);
    assertThat(Arrays.copyOf(scanned, scannedCount)).containsExactly(naive.toArray(Integer[]::new));
    assertThat(Arrays.copyOf(heaped, heapedCount)).containsExactly(naive.toArray(Integer[]::new));
  }

  @Test
  @Timeout(20)
  void encodesAMegabyteWithoutASpace() {
    Tokenizer tokenizer = Tokenizer.open(Fixtures.tokenizer("tiny"));
    for (String unit : List.of("a", "the", "ab\u0301", "!", " ", "\n ", "中", "7")) {
      String text = unit.repeat((1 << 20) / unit.length());
      assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }
  }

  @Test
  void takesAPieceThatIsATokenWholeOnlyWhereMergesAreIgnored() {
    Vocabulary.Builder builder = new Vocabulary.Builder();
    assertThat(builder.add(0, "a") && builder.add(1, "b") && builder.add(2, "ab")).isTrue();
    Vocabulary vocabulary = builder.build();
    MergeRanks none = MergeRanks.withCapacity(0);
    assertThat(encode(new BytePairEncoding(vocabulary, none, true), "ab")).containsExactly(2);
    assertThat(encode(new BytePairEncoding(vocabulary, none, false), "ab")).containsExactly(0, 1);
  }

  @Test
  void leavesOutBytesThatAreNoToken() {
    Vocabulary.Builder builder = new Vocabulary.Builder();
    assertThat(builder.add(0, "a")).isTrue();
    BytePairEncoding encoding =
        new BytePairEncoding(builder.build(), MergeRanks.withCapacity(0), false);
    assertThat(encode(encoding, "xaya")).containsExactly(0, 0);
  }

  private static int[] encode(BytePairEncoding encoding, String text) {
    IdList ids = new IdList(4);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    encoding.encode(bytes, 0, bytes.length, ids);
    return ids.toArray();
  }

  /// Four letters and random merges of what is there.
  private static BytePairEncoding encoding(Random random) {
    Vocabulary.Builder builder = new Vocabulary.Builder();
    List<String> tokens = new ArrayList<>(List.of("a", "b", "c", "d"));
    for (int i = 0; i < 4; i++) {
      assertThat(builder.add(i, tokens.get(i))).isTrue();
    }
    MergeRanks merges = MergeRanks.withCapacity(8);
    for (int i = 0; i < 40; i++) {
      int left = random.nextInt(tokens.size());
      int right = random.nextInt(tokens.size());
      String token = tokens.get(left) + tokens.get(right);
      int id = tokens.indexOf(token);
      if (id < 0) {
        id = tokens.size();
        tokens.add(token);
        assertThat(builder.add(id, token)).isTrue();
      }
      if (merges.find(left, right) == MergeRanks.NONE) {
        merges.add(left, right, id);
      }
    }
    return new BytePairEncoding(builder.build(), merges, false);
  }

  private static List<Integer> naive(MergeRanks merges, int[] symbols) {
    List<Integer> list = new ArrayList<>();
    Arrays.stream(symbols).forEach(list::add);
    while (true) {
      int best = -1;
      long lowest = MergeRanks.NONE;
      for (int i = 0; i + 1 < list.size(); i++) {
        long found = merges.find(list.get(i), list.get(i + 1));
        if (found < lowest) {
          lowest = found;
          best = i;
        }
      }
      if (best < 0) {
        return list;
      }
      list.set(best, (int) lowest);
      list.remove(best + 1);
    }
  }
}
