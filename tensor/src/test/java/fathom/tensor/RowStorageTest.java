package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowStorageTest {
  private static float[] roundTrip(RowStorage storage, float... row) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment from = arena.allocateFrom(ValueLayout.JAVA_FLOAT, row);
      MemorySegment kept = arena.allocate(storage.bytes(row.length) + 1);
      MemorySegment to = arena.allocate(ValueLayout.JAVA_FLOAT, row.length);
      kept.set(ValueLayout.JAVA_BYTE, storage.bytes(row.length), (byte) 77);
      storage.encode(from.address(), row.length, kept.address());
      assertThat(kept.get(ValueLayout.JAVA_BYTE, storage.bytes(row.length))).isEqualTo((byte) 77);
      storage.decode(kept.address(), row.length, to.address());
      return to.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  private static float[] random(int count, long seed) {
    Random random = new Random(seed);
    float[] row = new float[count];
    for (int i = 0; i < count; i++) {
      row[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(6) - 3));
    }
    return row;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 127, 128, 129, 300, 512})
  void eightBitsAreTheNearestNumbersTimesTheScaleOfTheirTile(int columns) {
    float[] row = random(columns, columns);
    float[] expected = new float[columns];
    for (int first = 0; first < columns; first += 128) {
      float largest = 1e-4f;
      for (int i = first; i < Math.min(columns, first + 128); i++) {
        largest = Math.max(largest, Math.abs(row[i]));
      }
      for (int i = first; i < Math.min(columns, first + 128); i++) {
        byte bits = SmallFloats.floatToFp8(row[i] * (448 / largest));
        expected[i] = SmallFloats.fp8ToFloat(bits) * (largest / 448);
      }
    }
    assertThat(roundTrip(RowStorage.FP8, row)).isEqualTo(expected);
  }

  @Test
  void anOutlierCostsItsOwnTileAlone() {
    float[] row = new float[256];
    row[0] = 1e6f;
    row[1] = 0.1f;
    row[200] = 0.1f;
    float[] found = roundTrip(RowStorage.FP8, row);
    assertThat(found[0]).isEqualTo(1e6f);
    assertThat(found[1]).isZero();
    assertThat(found[200]).isEqualTo(0.1f);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 129})
  void sixteenBitsAreTheNearestNumbers(int columns) {
    float[] row = random(columns, 3);
    float[] found = roundTrip(RowStorage.BFLOAT16, row);
    for (int i = 0; i < columns; i++) {
      assertThat(found[i]).isEqualTo(SmallFloats.bf16ToFloat(SmallFloats.floatToBf16(row[i])));
    }
  }

  @Test
  void float32LosesNothing() {
    float[] row = random(131, 4);
    assertThat(roundTrip(RowStorage.FLOAT32, row)).isEqualTo(row);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNoNumberStaysNone(RowStorage storage) {
    float[] row = new float[129];
    row[5] = Float.NaN;
    row[128] = 2;
    float[] found = roundTrip(storage, row);
    assertThat(found[5]).isNaN();
    assertThat(found[128]).isEqualTo(2);
  }

  @Test
  void takesAByteANumberAndAScaleATile() {
    assertThat(RowStorage.FP8.bytes(256)).isEqualTo(264);
    assertThat(RowStorage.FP8.bytes(130)).isEqualTo(138);
    assertThat(RowStorage.BFLOAT16.bytes(130)).isEqualTo(260);
    assertThat(RowStorage.FLOAT32.bytes(130)).isEqualTo(520);
  }
}
