package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SizesTest {
  @Test
  void writesBytesWithThreeDigitsAndAUnit() {
    assertThat(Sizes.bytes(0)).isEqualTo("0 B");
    assertThat(Sizes.bytes(999)).isEqualTo("999 B");
    assertThat(Sizes.bytes(1000)).isEqualTo("1.00 KB");
    assertThat(Sizes.bytes(1.5e9)).isEqualTo("1.50 GB");
    assertThat(Sizes.bytes(688e9)).isEqualTo("688 GB");
  }

  @Test
  void writesCountsAsTheFieldDoes() {
    assertThat(Sizes.count(671e9)).isEqualTo("671B");
    assertThat(Sizes.count(1.54e9)).isEqualTo("1.54B");
    assertThat(Sizes.count(12)).isEqualTo("12");
  }

  @Test
  void roundsUpIntoTheNextUnit() {
    assertThat(Sizes.bytes(999_999)).isEqualTo("1.00 MB");
  }
}
