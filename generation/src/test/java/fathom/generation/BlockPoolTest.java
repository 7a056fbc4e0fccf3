package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.model.CacheLayout;
import fathom.tensor.DType;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BlockPoolTest {
  private static final CacheLayout LAYOUT = new CacheLayout(2, 5, DType.F16); // 1280 bytes a block

  @Test
  void theBudgetIsTheNumberOfBlocks() {
    try (BlockPool pool = new BlockPool(LAYOUT, 10 * 1280 + 1279)) {
      assertThat(pool.total()).isEqualTo(10);
      for (int i = 0; i < 10; i++) {
        assertThat(pool.take()).isNotNegative();
      }
      assertThat(pool.take()).isEqualTo(-1);
      assertThat(pool.available()).isZero();
    }
  }

  @Test
  void aBudgetForNoBlockIsRefused() {
    assertThatThrownBy(() -> new BlockPool(LAYOUT, 1279))
        .isInstanceOf(GenerationException.class)
        .hasMessage("cache budget of 1279 bytes holds no block: one takes 1280 bytes");
  }

  @Test
  void memoryIsTakenOnlyWhenNeeded() {
    try (BlockPool pool = new BlockPool(LAYOUT, 1L << 40)) {
      assertThat(pool.allocatedBytes()).isZero();
      pool.take();
      assertThat(pool.allocatedBytes()).isBetween(1280L, 17L << 20);
    }
  }

  @Test
  void blocksDoNotOverlap() {
    try (BlockPool pool = new BlockPool(LAYOUT, 50 * 1280)) {
      int[] blocks = new int[50];
      for (int i = 0; i < 50; i++) {
        blocks[i] = pool.take();
        pool.memory(blocks[i]).fill((byte) i);
        assertThat(pool.address(blocks[i])).isEqualTo(pool.memory(blocks[i]).address());
        assertThat(pool.address(blocks[i]) % 64).isZero();
      }
      for (int i = 0; i < 50; i++) {
        assertThat(pool.memory(blocks[i]).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) i);
        assertThat(pool.memory(blocks[i]).get(ValueLayout.JAVA_BYTE, 1279)).isEqualTo((byte) i);
      }
    }
  }

  @Test
  void copyingCopiesAWholeBlock() {
    try (BlockPool pool = new BlockPool(LAYOUT, 2 * 1280)) {
      int from = pool.take();
      int to = pool.take();
      pool.memory(from).fill((byte) 7);
      pool.copy(from, to);
      assertThat(pool.memory(to).mismatch(pool.memory(from))).isEqualTo(-1);
    }
  }

  /// Takes, shares and releases at random; what is in use never exceeds the budget or repeats.
  @Property(tries = 50)
  void referencesAreCounted(@ForAll long seed) {
    Random random = new Random(seed);
    try (BlockPool pool = new BlockPool(LAYOUT, 12 * 1280)) {
      Deque<Integer> owned = new ArrayDeque<>();
      for (int step = 0; step < 300; step++) {
        int block = random.nextBoolean() ? pool.take() : -1;
        if (block >= 0) {
          assertThat(owned).doesNotContain(block);
          owned.add(block);
        } else if (!owned.isEmpty() && random.nextBoolean()) {
          pool.retain(owned.getFirst());
          owned.addLast(owned.getFirst());
        } else if (!owned.isEmpty() && pool.release(owned.getFirst()) == 0) {
          pool.giveBack(owned.removeFirst());
        } else {
          owned.pollFirst();
        }
        Set<Integer> distinct = new HashSet<>(owned);
        assertThat(pool.available()).isEqualTo(12 - distinct.size());
      }
    }
  }
}
