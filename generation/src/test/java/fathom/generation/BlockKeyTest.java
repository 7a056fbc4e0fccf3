package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BlockKeyTest {
  private static final int[] IDS = Fixtures.prompt(3, 256);

  private static BlockKey key(String model, String user, int... ids) {
    BlockKey.Chain chain = new BlockKey.Chain(model, 64);
    return chain.next(chain.root(user), ids, 0, 64);
  }

  @Test
  void theSameTokensOfTheSameUserHaveTheSameKey() {
    assertThat(key("m", "u", IDS))
        .isEqualTo(key("m", "u", IDS))
        .hasSameHashCodeAs(key("m", "u", IDS));
  }

  @Test
  void modelUserAndEveryTokenMatter() {
    Set<BlockKey> keys = new HashSet<>();
    keys.add(key("m", "u", IDS));
    keys.add(key("m2", "u", IDS));
    keys.add(key("m", "u2", IDS));
    for (int place = 0; place < 64; place++) {
      int[] changed = IDS.clone();
      changed[place]++;
      keys.add(key("m", "u", changed));
    }
    assertThat(keys).hasSize(67);
  }

  @Test
  void modelAndUserAreNotRunTogether() {
    assertThat(key("ab", "c", IDS)).isNotEqualTo(key("a", "bc", IDS));
  }

  @Test
  void whatCameBeforeMatters() {
    BlockKey.Chain chain = new BlockKey.Chain("m", 64);
    BlockKey first = chain.next(chain.root("u"), IDS, 0, 64);
    assertThat(chain.next(first, IDS, 64, 64))
        .isNotEqualTo(chain.next(chain.root("u"), IDS, 64, 64));
  }

  @Test
  void hexDigitsAreReadBack() {
    BlockKey key = key("m", "u", IDS);
    assertThat(key.hex()).matches("[0-9a-f]{64}");
    assertThat(BlockKey.parse(key.hex())).isEqualTo(key);
  }
}
