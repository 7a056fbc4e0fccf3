package fathom.generation;

import fathom.tokenizer.StreamingDecoder;
import java.util.List;
import java.util.Optional;

/// Turns tokens to text as it becomes certain, and ends it before the first stop string: a text
/// that may be the beginning of one is held back until it is decided.
final class AnswerText {
  private final StreamingDecoder decoder;
  private final StopStrings stops;
  private final StringBuilder held = new StringBuilder();
  private final StringBuilder text = new StringBuilder();
  private Optional<String> stop = Optional.empty();

  AnswerText(StreamingDecoder decoder, List<String> stops) {
    this.decoder = decoder;
    this.stops = new StopStrings(stops);
  }

  /// The text that becomes certain with this token.
  String accept(int id) {
    return scan(decoder.accept(id));
  }

  /// What was still held back.
  String finish() {
    if (stop.isPresent()) {
      return "";
    }
    String rest = scan(decoder.finish());
    if (stop.isPresent()) {
      return rest;
    }
    String tail = held.toString();
    held.setLength(0);
    text.append(tail);
    return rest + tail;
  }

  private String scan(String piece) {
    if (stops.isEmpty()) {
      text.append(piece);
      return piece;
    }
    int end = -1;
    for (int i = 0; i < piece.length() && end < 0; i++) {
      held.append(piece.charAt(i));
      stop = stops.accept(piece.charAt(i));
      if (stop.isPresent()) {
        end = held.length() - stop.get().length();
      }
    }
    if (end < 0) {
      end = held.length() - stops.undecided();
    }
    String certain = held.substring(0, end);
    held.delete(0, stop.isPresent() ? held.length() : end);
    text.append(certain);
    return certain;
  }

  /// The stop string that was found.
  Optional<String> stop() {
    return stop;
  }

  /// All certain text so far.
  String text() {
    return text.toString();
  }
}
