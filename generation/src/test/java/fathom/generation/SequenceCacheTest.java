package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.model.CacheLayout;
import fathom.tensor.DType;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SequenceCacheTest {
  private static final CacheLayout LAYOUT = new CacheLayout(1, 4, DType.F32);
  private static final int[] IDS = Fixtures.prompt(1, 600);

  private final BlockPool pool = new BlockPool(LAYOUT, 8 * LAYOUT.blockBytes());
  private final PrefixCache cache = new PrefixCache(pool, null);
  private final BlockKey.Chain chain = new BlockKey.Chain("model", 64);

  @AfterEach
  void close() {
    pool.close();
  }

  private SequenceCache sequence(@Nullable String user) {
    return new SequenceCache(cache, pool, LAYOUT, new BlockKeys(chain, user, cache.epoch()));
  }

  private SequenceCache computed(String user, int tokens) {
    SequenceCache sequence = sequence(user);
    int found = sequence.attach(IDS, tokens);
    assertThat(sequence.prepare(found, tokens)).isTrue();
    sequence.commit(IDS, tokens, false);
    return sequence;
  }

  private void write(SequenceCache sequence, int position, byte value) {
    long offset =
        sequence.table().rowAddress(0, position) - sequence.table().address(position / 64);
    for (int block = 0; block < pool.total() - pool.available(); block++) {
      if (pool.address(block) == sequence.table().address(position / 64)) {
        pool.memory(block).set(ValueLayout.JAVA_BYTE, offset, value);
      }
    }
  }

  private byte read(SequenceCache sequence, int position) {
    long offset =
        sequence.table().rowAddress(0, position) - sequence.table().address(position / 64);
    for (int block = 0; block < 8; block++) {
      if (pool.available() < 8 && pool.address(block) == sequence.table().address(position / 64)) {
        return pool.memory(block).get(ValueLayout.JAVA_BYTE, offset);
      }
    }
    throw new AssertionError("no such block");
  }

  @Test
  void aSecondSequenceSharesWhatIsFull() {
    SequenceCache first = computed("a", 150);
    SequenceCache second = sequence("a");
    assertThat(second.attach(IDS, 400)).isEqualTo(128);
    assertThat(second.table().address(0)).isEqualTo(first.table().address(0));
    assertThat(second.table().address(1)).isEqualTo(first.table().address(1));
    assertThat(pool.available()).isEqualTo(5);
  }

  @Test
  void theLastTokenIsLeftToCompute() {
    computed("a", 128);
    assertThat(sequence("a").attach(IDS, 128)).isEqualTo(64);
    assertThat(sequence("a").attach(IDS, 129)).isEqualTo(128);
  }

  @Test
  void anotherUserAndNobodyFindNothing() {
    computed("a", 200);
    assertThat(sequence("b").attach(IDS, 200)).isZero();
    assertThat(sequence(null).attach(IDS, 200)).isZero();
  }

  @Test
  void releasedBlocksAreKeptAndTheirLastOwnersMemoryIsTakenWhenNeeded() {
    computed("a", 300).release();
    assertThat(cache.unused()).isEqualTo(4);
    assertThat(pool.available()).isEqualTo(4);
    assertThat(cache.available()).isEqualTo(8);
    SequenceCache large = sequence(null);
    assertThat(large.prepare(0, 6 * 64)).isTrue();
    // The end of the old text went before its beginning.
    assertThat(sequence("a").attach(IDS, 300)).isEqualTo(128);
  }

  @Test
  void whatNobodyCanHaveIsNotTaken() {
    SequenceCache most = sequence(null);
    assertThat(most.prepare(0, 7 * 64)).isTrue();
    SequenceCache rest = sequence(null);
    assertThat(rest.prepare(0, 65)).isFalse();
    rest.release();
    assertThat(cache.available()).isEqualTo(1);
    most.release();
    assertThat(pool.available()).isEqualTo(8);
  }

  @Test
  void aForkWritesIntoACopy() {
    SequenceCache first = computed("a", 100);
    write(first, 70, (byte) 1);
    SequenceCache second = sequence("a");
    first.fork(second);
    assertThat(pool.available()).isEqualTo(6);
    assertThat(second.prepare(100, 101)).isTrue();
    assertThat(second.table().address(0)).isEqualTo(first.table().address(0));
    assertThat(second.table().address(1)).isNotEqualTo(first.table().address(1));
    assertThat(read(second, 70)).isEqualTo((byte) 1);
    write(second, 70, (byte) 2);
    assertThat(read(first, 70)).isEqualTo((byte) 1);
    assertThat(first.prepare(100, 101)).isTrue();
    assertThat(pool.available()).isEqualTo(5); // the first is alone with its block again
  }

  @Test
  void aRegisteredBlockIsCopiedBeforeItIsWrittenAgain() {
    SequenceCache first = computed("a", 128);
    first.truncate(100);
    long before = first.table().address(1);
    assertThat(first.prepare(100, 101)).isTrue();
    assertThat(first.table().address(1)).isNotEqualTo(before);
    assertThat(sequence("a").attach(IDS, 400)).isEqualTo(128);
  }

  @Test
  void withoutRoomForACopyARegisteredBlockIsMadePrivate() {
    SequenceCache all = computed("a", 8 * 64);
    all.truncate(8 * 64 - 10);
    assertThat(all.prepare(8 * 64 - 10, 8 * 64)).isTrue();
    assertThat(cache.available()).isZero();
    all.release();
    assertThat(sequence("a").attach(Fixtures.prompt(1, 600), 600)).isLessThanOrEqualTo(7 * 64);
  }

  @Test
  void withoutRoomASharedBlockCannotBeWritten() {
    SequenceCache first = sequence("a");
    assertThat(first.prepare(0, 8 * 64)).isTrue();
    SequenceCache second = sequence("a");
    first.fork(second);
    assertThat(second.prepare(10, 11)).isFalse();
  }

  @Test
  void twoThatComputeTheSameKeepTheirOwn() {
    SequenceCache first = sequence("a");
    SequenceCache second = sequence("a");
    first.prepare(0, 64);
    second.prepare(0, 64);
    first.commit(IDS, 64, false);
    second.commit(IDS, 64, false);
    assertThat(second.table().address(0)).isNotEqualTo(first.table().address(0));
    first.release();
    second.release();
    assertThat(cache.unused()).isEqualTo(1);
    assertThat(pool.available()).isEqualTo(7);
  }

  @Test
  void afterClearingNothingIsFoundAndNothingRegistered() {
    SequenceCache running = computed("a", 130);
    computed("a", 64).release();
    cache.clear();
    assertThat(sequence("a").attach(IDS, 200)).isZero();
    assertThat(running.prepare(130, 192)).isTrue();
    running.commit(IDS, 192, false);
    assertThat(sequence("a").attach(IDS, 200)).isZero();
    assertThat(running.current()).isFalse();
    running.release();
    assertThat(pool.available()).isEqualTo(8);
  }

  @Test
  void blocksKnowWhetherTheyHaveDraftRows() {
    SequenceCache first = sequence("a");
    first.prepare(0, 128);
    first.commit(IDS, 64, true);
    SequenceCache second = sequence("a");
    second.attach(IDS, 200);
    assertThat(second.drafted()).isTrue();
    first.commit(IDS, 128, false);
    SequenceCache third = sequence("a");
    third.attach(IDS, 200);
    assertThat(third.drafted()).isFalse();
  }
}
