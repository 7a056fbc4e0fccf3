package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ShapeTest {
  @Property
  void countsElementsAsTheProductOfItsDimensions(
      @ForAll @IntRange(max = 1000) int rows, @ForAll @IntRange(max = 1000) int columns) {
    assertThat(Shape.of(rows, columns).elements()).isEqualTo((long) rows * columns);
  }

  @Test
  void refusesANegativeDimension() {
    assertThatThrownBy(() -> Shape.of(2, -1)).hasMessageContaining("negative dimension -1");
  }

  @Test
  void refusesMoreElementsThanALongCounts() {
    assertThatThrownBy(() -> Shape.of(1L << 40, 1L << 40)).isInstanceOf(ArithmeticException.class);
  }
}
