package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class GgufValueTest {
  @Test
  void keepsNumbersOfEveryType() {
    assertThat(GgufValue.of(GgufType.UINT8, 200).longs()).containsExactly(200);
    assertThat(GgufValue.of(GgufType.INT8, -100).longs()).containsExactly(-100);
    assertThat(GgufValue.of(GgufType.UINT16, 60000).longs()).containsExactly(60000);
    assertThat(GgufValue.of(GgufType.INT16, -30000).longs()).containsExactly(-30000);
    assertThat(GgufValue.of(GgufType.UINT32, 4000000000L).longs()).containsExactly(4000000000L);
    assertThat(GgufValue.of(GgufType.INT32, -7).longs()).containsExactly(-7);
    assertThat(GgufValue.of(GgufType.INT64, Long.MIN_VALUE).longs())
        .containsExactly(Long.MIN_VALUE);
    assertThat(GgufValue.of(GgufType.UINT64, -1L).doubles()).containsExactly(0x1p64);
    assertThat(GgufValue.of(GgufType.UINT64, Long.MAX_VALUE).doubles()).containsExactly(0x1p63);
    assertThat(GgufValue.of(0.1f).doubles()).containsExactly(0.1f);
    assertThat(GgufValue.of(0.1f).longs()).containsExactly(0);
    assertThat(GgufValue.of(GgufType.FLOAT64, 0.1).doubles()).containsExactly(0.1);
  }

  @Property(tries = 200, seed = "11")
  void givesBackTheStringsItWasMadeOf(@ForAll List<String> texts) {
    List<String> whole = texts.stream().filter(GgufValueTest::isUnicode).toList();
    GgufValue value = GgufValue.ofStrings(whole);
    assertThat(value.strings()).isEqualTo(whole);
    assertThat(value.count()).isEqualTo(whole.size());
  }

  private static boolean isUnicode(String text) {
    return text.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff);
  }

  @Property(tries = 200, seed = "12")
  void givesBackTheNumbersItWasMadeOf(@ForAll List<Long> numbers) {
    GgufValue value = GgufValue.ofNumbers(GgufType.INT64, numbers);
    assertThat(value.longs()).containsExactly(numbers.stream().mapToLong(n -> n).toArray());
    assertThat(value.toJava()).isEqualTo(numbers);
  }

  @Test
  void isMadeOfPlainJavaValues() {
    assertThat(GgufValue.ofJava("x")).isEqualTo(GgufValue.of("x"));
    assertThat(GgufValue.ofJava(true)).isEqualTo(GgufValue.of(true));
    assertThat(GgufValue.ofJava(7).type()).isEqualTo(GgufType.UINT32);
    assertThat(GgufValue.ofJava(7L).type()).isEqualTo(GgufType.UINT64);
    assertThat(GgufValue.ofJava(1f).type()).isEqualTo(GgufType.FLOAT32);
    assertThat(GgufValue.ofJava(1d).type()).isEqualTo(GgufType.FLOAT64);
    assertThat(GgufValue.ofJava(List.of("a"))).isEqualTo(GgufValue.ofStrings(List.of("a")));
    assertThat(GgufValue.ofJava(List.of(1, 2)).type()).isEqualTo(GgufType.INT32);
    assertThat(GgufValue.ofJava(List.of(1f)).type()).isEqualTo(GgufType.FLOAT32);
    assertThat(GgufValue.ofJava(List.of(true, false)).toJava()).isEqualTo(List.of(true, false));
    assertThat(GgufValue.ofJava(List.of()).strings()).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.ofJava(new Object()));
  }

  @Test
  void refusesToBeReadAsWhatItIsNot() {
    assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.of(1).strings());
    assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.of("x").longs());
    assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.of("x").doubles());
    assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.of(GgufType.STRING, 1));
  }

  @Test
  void saysWhatItIs() {
    assertThat(GgufValue.of(7)).hasToString("UINT32 7");
    assertThat(GgufValue.ofStrings(List.of("a", "b"))).hasToString("array of 2 STRING");
    assertThat(GgufValue.of(7)).isNotEqualTo(GgufValue.of(8)).isNotEqualTo(GgufValue.of(7f));
    assertThat(GgufValue.of(7)).hasSameHashCodeAs(GgufValue.of(7));
  }

  @Test
  void metadataAreEmptyWhereAKeyIsAbsent() {
    GgufMetadata metadata =
        new GgufMetadata(
            Path.of("x.gguf"),
            Map.of("flag", GgufValue.of(true), "texts", GgufValue.ofStrings(List.of("a"))));
    assertThat(metadata.text("none")).isEmpty();
    assertThat(metadata.count("none")).isEmpty();
    assertThat(metadata.number("none")).isEmpty();
    assertThat(metadata.flag("flag")).contains(true);
    assertThat(metadata.strings("texts")).contains(List.of("a"));
    assertThat(metadata.numbers("none")).isEmpty();
    assertThat(metadata.contains("flag")).isTrue();
    assertThat(metadata.toJava()).containsEntry("flag", true);
    assertThat(metadata.file()).hasToString("x.gguf");
  }
}
