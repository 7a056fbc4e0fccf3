package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.model.CacheLayout;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BlockKeysTest {
  private static final int BLOCK = CacheLayout.BLOCK_TOKENS;
  private static final BlockKey.Chain CHAIN = new BlockKey.Chain("model/layout", BLOCK);
  private static final int[] IDS = IntStream.range(0, 12 * BLOCK).map(i -> i * 31 % 997).toArray();

  private static BlockKeys keys(String user) {
    return new BlockKeys(CHAIN, user, 0);
  }

  @Test
  void equalBeginningsHaveEqualKeysWhateverTheOrderOfAsking() {
    BlockKeys forwards = keys("ann");
    BlockKeys atOnce = keys("ann");
    BlockKey last = atOnce.key(11, IDS);
    for (int i = 0; i < 12; i++) {
      assertThat(forwards.key(i, IDS)).isEqualTo(atOnce.key(i, IDS));
    }
    assertThat(forwards.key(11, IDS)).isEqualTo(last);
  }

  @Test
  void everyBlockAndEveryUserHasItsOwn() {
    Set<BlockKey> all = new HashSet<>();
    for (String user : new String[] {"ann", "bob", ""}) {
      BlockKeys keys = keys(user);
      for (int i = 0; i < 12; i++) {
        all.add(keys.key(i, IDS));
      }
    }
    assertThat(all).hasSize(36);
  }

  @Test
  void aChangedTokenChangesItsBlockAndAllAfterIt() {
    int[] changed = IDS.clone();
    changed[5 * BLOCK + 63]++;
    BlockKeys before = keys("ann");
    BlockKeys after = keys("ann");
    for (int i = 0; i < 12; i++) {
      assertThat(before.key(i, IDS).equals(after.key(i, changed))).isEqualTo(i < 5);
    }
  }

  @Test
  void tokensThatAreTakenBackAreForgotten() {
    BlockKeys keys = keys("ann");
    keys.key(7, IDS);
    keys.registered(8);
    keys.truncate(3);
    assertThat(keys.registered()).isEqualTo(3);
    int[] other = IDS.clone();
    other[3 * BLOCK]++;
    assertThat(keys.key(3, other)).isEqualTo(keys("ann").key(3, other));
    assertThat(keys.key(2, other)).isEqualTo(keys("ann").key(2, IDS));
  }

  @Test
  void aFollowerGoesOnByItself() {
    BlockKeys first = keys("ann");
    first.key(4, IDS);
    first.registered(5);
    BlockKeys second = keys("ann");
    second.follow(first);
    assertThat(second.registered()).isEqualTo(5);
    int[] other = IDS.clone();
    other[5 * BLOCK]++;
    BlockKey theirs = second.key(5, other);
    assertThat(first.key(5, IDS)).isNotEqualTo(theirs).isEqualTo(keys("ann").key(5, IDS));
  }

  @Test
  void withoutAUserNothingIsFound() {
    assertThat(new BlockKeys(CHAIN, null, 0).enabled()).isFalse();
    assertThat(keys("").enabled()).isTrue();
  }
}
