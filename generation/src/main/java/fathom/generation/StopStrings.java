package fathom.generation;

import java.util.List;
import java.util.Optional;

/// Looks for stop strings in a stream of characters (Knuth, Morris and Pratt, one automaton a
/// string), so that hostile strings cost no more than others. The first that is complete wins, of
/// those complete at the same character the longest.
final class StopStrings {
  private final List<String> stops;
  private final int[][] failures;
  private final int[] matched;

  StopStrings(List<String> stops) {
    this.stops = stops;
    this.failures = stops.stream().map(StopStrings::failures).toArray(int[][]::new);
    this.matched = new int[stops.size()];
  }

  /// For each prefix the length of its longest proper end that is a prefix too.
  private static int[] failures(String stop) {
    int[] failures = new int[stop.length() + 1];
    int length = 0;
    for (int i = 1; i < stop.length(); i++) {
      while (length > 0 && stop.charAt(i) != stop.charAt(length)) {
        length = failures[length];
      }
      if (stop.charAt(i) == stop.charAt(length)) {
        length++;
      }
      failures[i + 1] = length;
    }
    return failures;
  }

  /// Whether there is nothing to look for.
  boolean isEmpty() {
    return stops.isEmpty();
  }

  /// Goes on by one character; returns the stop string that is complete with it.
  Optional<String> accept(char next) {
    String complete = null;
    for (int i = 0; i < matched.length; i++) {
      String stop = stops.get(i);
      int length = matched[i];
      while (length > 0 && stop.charAt(length) != next) {
        length = failures[i][length];
      }
      if (stop.charAt(length) == next) {
        length++;
      }
      if (length == stop.length()) {
        complete = complete == null || stop.length() > complete.length() ? stop : complete;
        length = failures[i][length];
      }
      matched[i] = length;
    }
    return Optional.ofNullable(complete);
  }

  /// Number of last characters with which a stop string may be beginning.
  int undecided() {
    int longest = 0;
    for (int length : matched) {
      longest = Math.max(longest, length);
    }
    return longest;
  }
}
