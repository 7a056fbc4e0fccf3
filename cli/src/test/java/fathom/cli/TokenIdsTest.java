package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TokenIdsTest {
  @Test
  void readsNumbersWithCommasOrSpacesBetweenThem() {
    assertThat(TokenIds.parse("1,2, 3\n4")).containsExactly(1, 2, 3, 4);
  }

  @Test
  void namesThePlaceOfWhatIsNoNumber() {
    assertThatThrownBy(() -> TokenIds.parse("1,x,3"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("'x' in place 2");
  }

  @Test
  void refusesNegativeIds() {
    assertThatThrownBy(() -> TokenIds.parse("-1")).isInstanceOf(UsageException.class);
  }
}
