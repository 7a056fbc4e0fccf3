package fathom.tokenizer;

import java.util.List;

/// Finds markers in text that arrives in pieces cut anywhere.
final class MarkerScanner {
  private final StringBuilder pending = new StringBuilder();

  /// What was found.
  ///
  /// @param before the text up to it
  /// @param marker the marker, or empty if none is complete yet
  record Found(String before, String marker) {}

  void append(String text) {
    pending.append(text);
  }

  boolean isEmpty() {
    return pending.isEmpty();
  }

  int length() {
    return pending.length();
  }

  char charAt(int index) {
    return pending.charAt(index);
  }

  /// Takes the first `length` characters.
  String take(int length) {
    String taken = pending.substring(0, length);
    pending.delete(0, length);
    return taken;
  }

  String takeAll() {
    return take(pending.length());
  }

  /// Takes the text up to the first of `markers` and that marker; if there is none, the text that
  /// certainly belongs to none: a tail that could still become a marker stays, and so do line ends
  /// right before it.
  ///
  /// @param keepLineEnds whether line ends at the end of the text stay too, as they may belong to a
  ///   marker after them
  Found next(List<String> markers, boolean keepLineEnds) {
    int first = -1;
    String found = "";
    for (String marker : markers) {
      int at = pending.indexOf(marker);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
        found = marker;
      }
    }
    if (first >= 0) {
      String before = take(first);
      take(found.length());
      return new Found(before, found);
    }
    int certain = pending.length() - tail(markers);
    while (keepLineEnds && certain > 0 && isLineEnd(pending.charAt(certain - 1))) {
      certain--;
    }
    return new Found(take(certain), "");
  }

  static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r';
  }

  /// `text` without the line ends at its end.
  static String withoutLineEnds(String text) {
    int end = text.length();
    while (end > 0 && isLineEnd(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /// Takes line ends at the beginning; true if something else is there then.
  boolean skipLineEnds() {
    int skip = 0;
    while (skip < pending.length() && isLineEnd(pending.charAt(skip))) {
      skip++;
    }
    pending.delete(0, skip);
    return !pending.isEmpty();
  }

  /// The length of the longest tail that begins a marker.
  private int tail(List<String> markers) {
    int longest = 0;
    for (String marker : markers) {
      for (int length = Math.min(marker.length() - 1, pending.length());
          length > longest;
          length--) {
        if (endsWith(marker, length)) {
          longest = length;
        }
      }
    }
    return longest;
  }

  private boolean endsWith(String marker, int length) {
    int from = pending.length() - length;
    for (int i = 0; i < length; i++) {
      if (pending.charAt(from + i) != marker.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
