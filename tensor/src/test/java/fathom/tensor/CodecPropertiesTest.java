package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;

/// What holds for every row of numbers that is written and read back.
class CodecPropertiesTest {
  private static final DType[] WRITTEN = {
    DType.Q8_0, DType.Q4_0, DType.Q4_1, DType.Q5_0, DType.Q5_1, DType.Q4_K, DType.Q5_K, DType.Q6_K
  };

  /// Reading what was written, writing and reading it again moves no number by more than the first
  /// rounding did: the numbers have nearly arrived where the format can hold them. (Magnitudes for
  /// which the half-precision scales are normal numbers.)
  @Property(tries = 200)
  void writingTwiceHardlyMovesWhatWasWrittenOnce(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 7) int format,
      @ForAll @FloatRange(min = -1, max = 3) float magnitude) {
    DType type = WRITTEN[format];
    float[] row = row(seed, magnitude);
    float[] once = roundTrip(type, row);
    float[] twice = roundTrip(type, once);
    double first = distance(row, once);
    assertThat(distance(once, twice)).as("%s", type).isLessThanOrEqualTo(first * 1.05 + 1e-9);
    assertThat(first).isLessThan(size(row) * 0.2);
  }

  /// Scaling a row by a power of two scales the result: no format prefers a magnitude.
  @Property(tries = 100)
  void scalingByAPowerOfTwoScalesTheResult(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 7) int format) {
    DType type = WRITTEN[format];
    float[] row = row(seed, 0);
    float[] larger = new float[row.length];
    for (int i = 0; i < row.length; i++) {
      larger[i] = row[i] * 8;
    }
    float[] small = roundTrip(type, row);
    float[] large = roundTrip(type, larger);
    double error = 0;
    for (int i = 0; i < row.length; i++) {
      error = Math.max(error, Math.abs(large[i] - 8 * small[i]));
    }
    assertThat(error).as("%s", type).isLessThan(0.02 * size(larger));
  }

  /// Half floats: what is read from any 16 bits is written back as the same bits.
  @Property(tries = 1000)
  void everyHalfFloatSurvives(@ForAll @IntRange(min = 0, max = 0xffff) int bits) {
    try (Arena arena = Arena.ofConfined()) {
      for (DType type : new DType[] {DType.F16, DType.BF16}) {
        MemorySegment s = arena.allocate(4);
        s.set(java.lang.foreign.ValueLayout.JAVA_SHORT, 0, (short) bits);
        float[] value = new float[1];
        Codec.of(type).dequantize(s, 0, value, 0, 1);
        Codec.of(type).quantize(value, 0, 1, s, 2);
        if (Float.isNaN(value[0])) {
          Codec.of(type).dequantize(s, 2, value, 0, 1);
          assertThat(value[0]).isNaN();
        } else {
          assertThat(s.get(java.lang.foreign.ValueLayout.JAVA_SHORT, 2)).isEqualTo((short) bits);
        }
      }
    }
  }

  /// The vector decoders read any bytes as the codecs do, broken scales and all.
  @Property(tries = 300)
  void vectorDecodersEqualTheCodecsOnAnyBytes(@ForAll long seed) {
    Random random = new Random(seed);
    try (Arena arena = Arena.ofConfined()) {
      for (DType type : DType.values()) {
        switch (type) {
          case F64, I8, I16, I32, I64, U8, BOOL -> {}
          default -> assertDecodersAgree(type, random, arena);
        }
      }
    }
  }

  private static void assertDecodersAgree(DType type, Random random, Arena arena) {
    int count = type.isQuantized() ? 512 : 37;
    MemorySegment bytes = arena.allocate(type.bytes(count), 64);
    for (long i = 0; i < bytes.byteSize(); i++) {
      bytes.set(java.lang.foreign.ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
    }
    float[] expected = new float[count];
    Codec.of(type).dequantize(bytes, 0, expected, 0, count);
    Matrix found = Matrix.allocate(arena, 1, count);
    float[] scratch = new float[RowDecoder.HEAP_SCRATCH];
    RowDecoder.of(type).decode(bytes.address(), found.address(), count, scratch);
    for (int i = 0; i < count; i++) {
      float e = expected[i];
      float f = found.get(0, i);
      boolean same = e == f || (Float.isNaN(e) && Float.isNaN(f)) || nearInfinity(e, f);
      assertThat(same).as("%s number %d: expected %s, found %s", type, i, e, f).isTrue();
    }
  }

  /// Infinite scales: `∞ · 0` is NaN in one order of operations and `∞ · 8 - ∞ · 8` in the other.
  private static boolean nearInfinity(float a, float b) {
    return !Float.isFinite(a) && !Float.isFinite(b);
  }

  private static float[] row(long seed, float magnitude) {
    Random random = new Random(seed);
    float[] row = new float[256];
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) (random.nextGaussian() * Math.pow(10, magnitude));
    }
    return row;
  }

  private static float[] roundTrip(DType type, float[] row) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(type.bytes(row.length));
      Codec.of(type).quantize(row, 0, row.length, bytes, 0);
      float[] back = new float[row.length];
      Codec.of(type).dequantize(bytes, 0, back, 0, row.length);
      return back;
    }
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(sum / a.length);
  }

  private static double size(float[] a) {
    return distance(a, new float[a.length]);
  }
}
