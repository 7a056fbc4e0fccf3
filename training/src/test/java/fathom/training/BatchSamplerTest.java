package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.model.TrainingBatch;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchSamplerTest {
  @TempDir Path folder;
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void close() {
    arena.close();
  }

  /// Documents of `each` tokens that are numbered through.
  private TokenShard shard(String name, int first, int documents, int each) {
    IdBuffer ids = new IdBuffer();
    IdBuffer starts = new IdBuffer();
    for (int i = 0; i < documents * each; i++) {
      if (i % each == 0) {
        starts.add(i);
      }
      ids.add(first + i);
    }
    Path file = folder.resolve(name);
    TokenShard.write(file, ids, starts, 100_000);
    return TokenShard.open(file, arena);
  }

  private BatchSampler sampler(TokenStream stream, boolean separate) {
    return new BatchSampler(stream, 8, 5, separate, Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 7, 64, 1000, 4097})
  void anOrderHasEveryPlaceOnce(long size) {
    Set<Long> seen = new HashSet<>();
    for (long i = 0; i < size; i++) {
      long at = new Permutation(size, 99).at(i);
      assertThat(at).isBetween(0L, size - 1);
      seen.add(at);
    }
    assertThat(seen).hasSize((int) size);
  }

  @Test
  void streamsGoOnFromShardToShard() {
    TokenStream stream = new TokenStream(List.of(shard("a", 0, 2, 5), shard("b", 10, 2, 5)));
    assertThat(stream.tokens()).isEqualTo(20);
    assertThat(stream.ids(8, 5)).containsExactly(8, 9, 10, 11, 12);
    assertThat(stream.documentStarts(3, 12)).containsExactly(2, 7);
  }

  @Test
  void anEpochShowsEveryWindowOnceAndTheNextOneInAnotherOrder() {
    BatchSampler sampler = sampler(new TokenStream(List.of(shard("a", 0, 1, 200))), false);
    List<Integer> first = firsts(sampler, 0);
    List<Integer> second = firsts(sampler, sampler.windows());
    assertThat(new HashSet<>(first)).hasSize((int) sampler.windows());
    assertThat(second).isNotEqualTo(first);
  }

  private static List<Integer> firsts(BatchSampler sampler, long from) {
    List<Integer> firsts = new ArrayList<>();
    for (long i = from; i < from + sampler.windows(); i++) {
      firsts.add(sampler.batch(i, 1).ids()[0]);
    }
    return firsts;
  }

  @Test
  void aBatchIsWhatItsSamplesAreOneByOne() {
    BatchSampler sampler = sampler(new TokenStream(List.of(shard("a", 0, 20, 10))), false);
    TrainingBatch batch = sampler.batch(30, 3);
    for (int i = 0; i < 3; i++) {
      int[] one = sampler.batch(30 + i, 1).ids();
      assertThat(java.util.Arrays.copyOfRange(batch.ids(), i * 8, i * 8 + 8)).isEqualTo(one);
    }
  }

  @Test
  void targetsAreTheFollowingTokens() {
    TrainingBatch batch =
        sampler(new TokenStream(List.of(shard("a", 0, 1, 99))), false).batch(0, 2);
    for (int row = 0; row < 16; row++) {
      assertThat(batch.targets()[row]).isEqualTo(batch.ids()[row] + 1);
    }
  }

  @Test
  void separateDocumentsSeeOnlyThemselves() {
    BatchSampler sampler = sampler(new TokenStream(List.of(shard("a", 0, 40, 5))), true);
    TrainingBatch batch = sampler.batch(0, 1);
    assertThat(batch.packing().sequences()).isGreaterThan(1);
    for (int sequence = 0; sequence < batch.packing().sequences() - 1; sequence++) {
      assertThat(batch.targets()[batch.packing().end(sequence) - 1])
          .isEqualTo(TrainingBatch.NO_TARGET);
      assertThat(batch.ids()[batch.packing().end(sequence)] % 5).isZero();
    }
  }

  @Test
  void fillInTheMiddleRearrangesAndLosesOnlyTheEnd() {
    int[] ids = new int[40];
    java.util.Arrays.setAll(ids, i -> 100 + i);
    new FillInTheMiddle(1, 2, 3, 1).apply(ids, 0, 40, new SplittableRandom(4));
    assertThat(ids[0]).isEqualTo(100);
    assertThat(ids[1]).isEqualTo(1);
    assertThat(ids).contains(2, 3);
    Set<Integer> left = new HashSet<>();
    java.util.Arrays.stream(ids).filter(id -> id >= 100).forEach(left::add);
    assertThat(left).hasSize(37).doesNotContain(137, 138, 139);
  }

  @Test
  void tooLittleTextIsRefused() {
    TokenStream stream = new TokenStream(List.of(shard("a", 0, 1, 8)));
    assertThatThrownBy(() -> sampler(stream, false))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("length 8");
  }

  @Test
  void everyDamagedByteOfAShardIsNoticed() throws IOException {
    shard("a", 0, 3, 5);
    byte[] good = Files.readAllBytes(folder.resolve("a"));
    Path bad = folder.resolve("bad");
    for (int at = 0; at < good.length; at++) {
      byte[] copy = good.clone();
      copy[at] ^= 0x40;
      Files.write(bad, copy);
      if (at >= 48 && at < 64) {
        continue; // two numbers without a meaning
      }
      assertThatThrownBy(() -> TokenShard.open(bad, arena))
          .as("byte %d", at)
          .isInstanceOf(RecipeException.class)
          .hasMessageContaining("bad");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 63, 64, 100})
  void aShardThatWasCutOffIsRefused(int length) throws IOException {
    shard("a", 0, 3, 5);
    byte[] good = Files.readAllBytes(folder.resolve("a"));
    Path bad = Files.write(folder.resolve("bad"), java.util.Arrays.copyOf(good, length));
    assertThatThrownBy(() -> TokenShard.open(bad, arena)).isInstanceOf(RecipeException.class);
  }
}
