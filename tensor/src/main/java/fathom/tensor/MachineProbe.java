package fathom.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Measures what this machine can do at most, at this moment, with these threads: how fast memory
/// is read, and how many float32 operations the vector units do. Machines are shared, so a fraction
/// of a peak means something only if the peak was measured in the same minute.
public final class MachineProbe {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final long BYTES_PER_PART = 64L << 20;
  private static final long CACHED_BYTES = 256L << 10;
  private static final int CACHE_PASSES = 500;
  private static final int FMA_ROUNDS = 4_000_000;
  private static final int CHAINS = 10;
  private static final int REPEATS = 5;

  private final Workers workers;
  private final List<MemorySegment> memory;

  /// A probe that works on these threads.
  public MachineProbe(Workers workers) {
    this(workers, List.of());
  }

  /// A probe that reads this memory, if caches can't hold it, rather than some of its own: on a
  /// virtual machine one gigabyte may be read at 40 GB/s and another at 57 in the same second.
  ///
  /// @param memory is only read; must outlive the probe
  public MachineProbe(Workers workers, List<MemorySegment> memory) {
    this.workers = workers;
    this.memory = memory;
  }

  /// Bytes a second that all threads together read from memory, one long stream each: the median of
  /// a few passes over far more than any cache holds for one thread. The best of them may be a
  /// fifth above what any longer stream gets.
  public double readBytesPerSecond() {
    int fewest = workers.threads() * 4;
    List<MemorySegment> given = memory.stream().flatMap(MachineProbe::parts).toList();
    if (given.size() >= fewest) {
      return readBytesPerSecond(given);
    }
    try (Arena arena = Arena.ofShared()) {
      List<MemorySegment> own = parts(arena.allocate(fewest * BYTES_PER_PART, 64)).toList();
      workers.run(own.size(), part -> own.get(part).fill((byte) 1));
      return readBytesPerSecond(own);
    }
  }

  private double readBytesPerSecond(List<MemorySegment> parts) {
    long[] sums = new long[parts.size()];
    double[] passes = new double[REPEATS];
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      long start = System.nanoTime();
      workers.run(sums.length, part -> sums[part] = sum(parts.get(part)));
      passes[repeat] = sums.length * BYTES_PER_PART / seconds(start);
    }
    assert Arrays.stream(sums).anyMatch(s -> s != 0) : "memory was not read";
    Arrays.sort(passes);
    return passes[REPEATS / 2];
  }

  private static Stream<MemorySegment> parts(MemorySegment memory) {
    return LongStream.range(0, memory.byteSize() / BYTES_PER_PART)
        .mapToObj(part -> memory.asSlice(part * BYTES_PER_PART, BYTES_PER_PART));
  }

  /// Bytes a second that all threads together read from their caches: each the same few pages again
  /// and again, which its second-level cache holds.
  public double cachedBytesPerSecond() {
    int parts = workers.threads();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment cached = arena.allocate(parts * CACHED_BYTES, 64);
      long[] sums = new long[parts];
      double best = 0;
      for (int repeat = 0; repeat < REPEATS; repeat++) {
        long start = System.nanoTime();
        workers.run(
            parts,
            part -> {
              MemorySegment own = cached.asSlice(part * CACHED_BYTES, CACHED_BYTES);
              for (int pass = 0; pass < CACHE_PASSES; pass++) {
                sums[part] += sum(own);
              }
            });
        best = Math.max(best, parts * CACHED_BYTES * CACHE_PASSES / seconds(start));
      }
      assert Arrays.stream(sums).allMatch(s -> s == 0) : "the cache was not read";
      return best;
    }
  }

  /// Float32 operations a second (a fused multiply-add counts as two) of all threads together, from
  /// registers.
  public double floatOperationsPerSecond() {
    float[] sink = new float[workers.threads()];
    double best = 0;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      long start = System.nanoTime();
      workers.run(sink.length, part -> sink[part] = multiplyAdd(FMA_ROUNDS, 0.5f + part));
      double operations = 2.0 * CHAINS * FLOATS.length() * FMA_ROUNDS * sink.length;
      best = Math.max(best, operations / seconds(start));
    }
    return Float.isNaN(sink[0]) ? 0 : best;
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) * 1e-9;
  }

  // four independent sums, so that the loads and not the additions set the pace
  private static long sum(MemorySegment memory) {
    ByteOrder order = ByteOrder.nativeOrder();
    int step = LONGS.vectorByteSize();
    LongVector a = LongVector.zero(LONGS);
    LongVector b = a;
    LongVector c = a;
    LongVector d = a;
    for (long at = 0; at < memory.byteSize(); at += 4L * step) {
      a = a.add(LongVector.fromMemorySegment(LONGS, memory, at, order));
      b = b.add(LongVector.fromMemorySegment(LONGS, memory, at + step, order));
      c = c.add(LongVector.fromMemorySegment(LONGS, memory, at + 2L * step, order));
      d = d.add(LongVector.fromMemorySegment(LONGS, memory, at + 3L * step, order));
    }
    return a.add(b).add(c).add(d).reduceLanes(VectorOperators.ADD);
  }

  // ten chains, because an FMA takes four cycles and two can start in each
  private static float multiplyAdd(int rounds, float seed) {
    FloatVector m = FloatVector.broadcast(FLOATS, 0.999f);
    FloatVector n = FloatVector.broadcast(FLOATS, seed);
    FloatVector a = n;
    FloatVector b = n;
    FloatVector c = n;
    FloatVector d = n;
    FloatVector e = n;
    FloatVector f = n;
    FloatVector g = n;
    FloatVector h = n;
    FloatVector i = n;
    FloatVector j = n;
    for (int round = 0; round < rounds; round++) {
      a = a.fma(m, n);
      b = b.fma(m, n);
      c = c.fma(m, n);
      d = d.fma(m, n);
      e = e.fma(m, n);
      f = f.fma(m, n);
      g = g.fma(m, n);
      h = h.fma(m, n);
      i = i.fma(m, n);
      j = j.fma(m, n);
    }
    FloatVector sum = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j);
    return sum.reduceLanes(VectorOperators.ADD);
  }
}
