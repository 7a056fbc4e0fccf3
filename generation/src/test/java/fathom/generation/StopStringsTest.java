package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class StopStringsTest {
  /// The longest stop string with which the text ends.
  private static Optional<String> slowly(List<String> stops, String text) {
    return stops.stream().filter(text::endsWith).max(Comparator.comparingInt(String::length));
  }

  @Property(tries = 500)
  void findsWhatASlowSearchFinds(
      @ForAll @Size(min = 1, max = 4)
          List<@CharRange(from = 'a', to = 'b') @StringLength(min = 1, max = 6) String> stops,
      @ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 60) String text) {
    StopStrings search = new StopStrings(stops);
    for (int i = 0; i < text.length(); i++) {
      String read = text.substring(0, i + 1);
      assertThat(search.accept(text.charAt(i))).as(read).isEqualTo(slowly(stops, read));
    }
  }

  @Property(tries = 500)
  void holdsBackNoMoreThanCouldBecomeAStop(
      @ForAll @CharRange(from = 'a', to = 'b') @StringLength(min = 1, max = 6) String stop,
      @ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 40) String text) {
    StopStrings search = new StopStrings(List.of(stop));
    text.chars().forEach(c -> search.accept((char) c));
    int expected = 0;
    for (int length = 1; length < stop.length(); length++) {
      expected = text.endsWith(stop.substring(0, length)) ? length : expected;
    }
    assertThat(search.undecided()).isEqualTo(expected);
  }

  @Test
  void withoutStopsNothingIsHeldBack() {
    StopStrings search = new StopStrings(List.of());
    assertThat(search.isEmpty()).isTrue();
    assertThat(search.accept('x')).isEmpty();
    assertThat(search.undecided()).isZero();
  }
}
