package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.DType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GgmlTypeTest {
  @ParameterizedTest
  @EnumSource
  void isFoundByNumberAndByFormat(GgmlType type) {
    assertThat(GgmlType.ofId(type.id())).contains(type);
    assertThat(GgmlType.of(type.dtype())).contains(type);
    assertThat(type.dtype().name()).isEqualTo(type.name());
  }

  @Test
  void numbersAreUnique() {
    assertThat(Arrays.stream(GgmlType.values()).map(GgmlType::id)).doesNotHaveDuplicates();
  }

  @Test
  void hasNoFp8UnsignedBytesAndBooleans() {
    assertThat(GgmlType.of(DType.F8_E4M3)).isEmpty();
    assertThat(GgmlType.of(DType.U8)).isEmpty();
    assertThat(GgmlType.of(DType.BOOL)).isEmpty();
  }

  @Test
  void leavesOutNumbersThatGgmlHasGivenUp() {
    for (int id : new int[] {4, 5, 31, 32, 33, 36, 37, 38, -1, 1000}) {
      assertThat(GgmlType.ofId(id)).as(String.valueOf(id)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void metadataTypesAreFoundByNumber(GgufType type) {
    assertThat(GgufType.ofId(type.id())).contains(type);
    assertThat(type.bytes()).isPositive();
  }
}
