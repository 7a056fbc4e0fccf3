package fathom.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/// Runs a parser over a text cut in every way that matters, and joins neighbouring parts of one
/// kind.
final class ReplyParts {
  private ReplyParts() {}

  /// What a parser makes of `text` when it comes in these pieces.
  static List<ReplyPart> of(
      Function<String, List<ReplyPart>> accept,
      Supplier<List<ReplyPart>> finish,
      List<String> pieces) {
    List<ReplyPart> parts = new ArrayList<>();
    pieces.forEach(piece -> accept.apply(piece).forEach(part -> join(parts, part)));
    finish.get().forEach(part -> join(parts, part));
    return parts;
  }

  /// The text whole, char by char, and in two parts at every position.
  static List<List<String>> cuts(String text) {
    List<List<String>> cuts = new ArrayList<>();
    cuts.add(List.of(text));
    cuts.add(text.chars().mapToObj(c -> Character.toString((char) c)).toList());
    for (int i = 0; i <= text.length(); i++) {
      cuts.add(List.of(text.substring(0, i), text.substring(i)));
    }
    return cuts;
  }

  private static void join(List<ReplyPart> parts, ReplyPart part) {
    ReplyPart last = parts.isEmpty() ? null : parts.getLast();
    ReplyPart joined =
        switch (part) {
          case ReplyPart.Reasoning(String text)
              when last instanceof ReplyPart.Reasoning(String before) ->
              new ReplyPart.Reasoning(before + text);
          case ReplyPart.Content(String text)
              when last instanceof ReplyPart.Content(String before) ->
              new ReplyPart.Content(before + text);
          case ReplyPart.CallArguments(int index, String text)
              when last instanceof ReplyPart.CallArguments(int same, String before)
                  && index == same ->
              new ReplyPart.CallArguments(index, before + text);
          default -> part;
        };
    if (joined != part) {
      parts.removeLast();
    }
    parts.add(joined);
  }
}
