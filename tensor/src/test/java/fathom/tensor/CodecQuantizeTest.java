package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class CodecQuantizeTest {
  private static final Path GGUF = Path.of(System.getProperty("fathom.fixtures"), "gguf");

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
  void isNoLessAccurateThanGgml(DType type) throws IOException {
    float[] row = new float[512];
    Codec.dequantizeRow(goldenTensor("t.F32"), 0, row);
    double error = rmsError(row, roundTrip(type, row));
    assertThat(error).isLessThanOrEqualTo(goldenError("t." + type) * (1 + 1e-6));
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "Q8_0"})
  void writesTheBytesThatGgmlWrites(DType type) {
    WeightMatrix expected = goldenTensor("t." + type);
    WeightMatrix source = goldenTensor("t.F32");
    float[] row = new float[512];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found = arena.allocate(expected.rowBytes());
      for (int r = 0; r < source.rows(); r++) {
        Codec.dequantizeRow(source, r, row);
        Codec.of(type).quantize(row, 0, row.length, found, 0);
        MemorySegment want = expected.segment().asSlice(r * expected.rowBytes(), found.byteSize());
        assertThat(found.mismatch(want)).as("row %d", r).isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
  void keepsZerosAndStaysFiniteForExtremeNumbers(DType type) {
    float[] zeros = new float[256];
    for (float value : roundTrip(type, zeros)) {
      assertThat(value == 0).as("%s is a zero", value).isTrue();
    }
    float[] extreme = new float[256];
    Random random = new Random(3);
    for (int i = 0; i < extreme.length; i++) {
      extreme[i] = random.nextBoolean() ? Float.MIN_VALUE : -Float.MIN_VALUE;
    }
    for (float value : roundTrip(type, extreme)) {
      assertThat(value).isFinite().isBetween(-1e-7f, 1e-7f);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
  void errorStaysWithinAStepOfTheBlocksRange(DType type) {
    Random random = new Random(7);
    int levels =
        type == DType.Q8_0 ? 255 : type == DType.Q6_K ? 63 : type.name().contains("5") ? 31 : 15;
    for (int round = 0; round < 50; round++) {
      float[] row = new float[512];
      float size = (float) Math.exp(random.nextGaussian() * 3);
      float shift = (float) random.nextGaussian() * size;
      float largest = 0;
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) random.nextGaussian() * size + shift;
        largest = Math.max(largest, Math.abs(row[i]));
      }
      float[] back = roundTrip(type, row);
      for (int i = 0; i < row.length; i++) {
        assertThat(back[i]).isCloseTo(row[i], within(2.2f * largest * 1.5f / levels));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.INCLUDE,
      names = {"IQ1_S", "IQ2_XXS", "IQ3_S", "IQ4_NL", "TQ1_0", "MXFP4", "NVFP4", "Q2_K", "Q8_1"})
  void refusesToWriteFormatsThatItOnlyReads(DType type) {
    Codec codec = Codec.of(type);
    assertThat(codec.canQuantize()).isFalse();
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> codec.quantize(new float[256], 0, 256, MemorySegment.NULL, 0))
        .withMessageContaining(type.name());
  }

  @Test
  void refusesCutBlocksAndFormatsWithoutWeights() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Codec.of(DType.Q4_K).quantize(new float[300], 0, 300, MemorySegment.NULL, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> Codec.of(DType.I32));
    assertThatIllegalArgumentException().isThrownBy(() -> Codec.of(DType.F64));
  }

  @Test
  void everyFp8NumberSurvivesARoundTrip() {
    for (int bits = 0; bits < 256; bits++) {
      float value = SmallFloats.fp8ToFloat((byte) bits);
      byte back = SmallFloats.floatToFp8(value);
      if (Float.isNaN(value)) {
        assertThat(SmallFloats.fp8ToFloat(back)).isNaN();
      } else {
        assertThat(back).isEqualTo((byte) bits);
      }
    }
  }

  @Test
  void fp8RoundsToTheNearestNumberTiesToEven() {
    for (int bits = 0; bits < 0x7e; bits++) {
      float low = SmallFloats.fp8ToFloat((byte) bits);
      float high = SmallFloats.fp8ToFloat((byte) (bits + 1));
      float middle = (low + high) / 2;
      int even = bits % 2 == 0 ? bits : bits + 1;
      assertThat(SmallFloats.floatToFp8(middle)).isEqualTo((byte) even);
      assertThat(SmallFloats.floatToFp8(Math.nextDown(middle))).isEqualTo((byte) bits);
      assertThat(SmallFloats.floatToFp8(-Math.nextUp(middle))).isEqualTo((byte) (bits + 129));
    }
    assertThat(SmallFloats.floatToFp8(Float.POSITIVE_INFINITY)).isEqualTo((byte) 0x7e);
    assertThat(SmallFloats.floatToFp8(1e9f)).isEqualTo((byte) 0x7e);
  }

  @Test
  void bf16KeepsNanAndRoundsTiesToEven() {
    assertThat(SmallFloats.bf16ToFloat(SmallFloats.floatToBf16(Float.NaN))).isNaN();
    float nan = Float.intBitsToFloat(0x7f800001);
    assertThat(SmallFloats.bf16ToFloat(SmallFloats.floatToBf16(nan))).isNaN();
    assertThat(SmallFloats.floatToBf16(Float.intBitsToFloat(0x3f808000))).isEqualTo((short) 0x3f80);
    assertThat(SmallFloats.floatToBf16(Float.intBitsToFloat(0x3f818000))).isEqualTo((short) 0x3f82);
    assertThat(SmallFloats.bf16ToFloat(SmallFloats.floatToBf16(Float.MAX_VALUE))).isInfinite();
  }

  @Test
  void fp8BlocksScaleTheirLargestNumberTo448() {
    try (Arena arena = Arena.ofConfined()) {
      Matrix w = Matrix.allocate(arena, 200, 150);
      Random random = new Random(5);
      for (int r = 0; r < 200; r++) {
        for (int c = 0; c < 150; c++) {
          w.set(r, c, r >= 128 && c >= 128 ? 0 : (float) random.nextGaussian() * (1 + r / 128 * 9));
        }
      }
      MemorySegment bytes = arena.allocate(200 * 150);
      Matrix scales = Matrix.allocate(arena, 2, 2);
      Fp8Quantizer.quantize(w, bytes, scales);
      WeightMatrix back =
          WeightMatrix.of(DType.F8_E4M3, 200, 150, bytes).withScales(new Fp8Blocks(scales));
      float[] row = new float[150];
      for (int r = 0; r < 200; r++) {
        Codec.dequantizeRow(back, r, row);
        for (int c = 0; c < 150; c++) {
          float scale = scales.get(r / 128, c / 128);
          float step = Math.abs(w.get(r, c)) / 16 + scale * 0x1p-10f;
          assertThat(row[c]).isCloseTo(w.get(r, c), within(step * 1.0001f));
        }
      }
      assertThat(scales.get(1, 1)).isEqualTo(1);
    }
  }

  private static float[] roundTrip(DType type, float[] row) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(type.bytes(row.length));
      bytes.fill((byte) 0xff);
      Codec.of(type).quantize(row, 0, row.length, bytes, 0);
      float[] back = new float[row.length];
      Codec.of(type).dequantize(bytes, 0, back, 0, row.length);
      return back;
    }
  }

  private static double rmsError(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(sum / a.length);
  }

  private static WeightMatrix goldenTensor(String name) {
    return GgufTensors.read(GGUF.resolve("all-types.gguf")).stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow()
        .weight();
  }

  private static double goldenError(String name) throws IOException {
    String json = Files.readString(GGUF.resolve("golden.json"));
    Matcher m =
        Pattern.compile(
                "\"name\": \"" + name + "\"[^}]*\"quantisation_rms_error_row0\": ([0-9.e+-]+)")
            .matcher(json);
    assertThat(m.find()).as(name).isTrue();
    return Double.parseDouble(m.group(1));
  }
}
