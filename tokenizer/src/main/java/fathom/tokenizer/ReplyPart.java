package fathom.tokenizer;

/// A piece of a model's reply, as it streams.
public sealed interface ReplyPart {
  /// Some more of the thinking.
  record Reasoning(String text) implements ReplyPart {}

  /// Some more of the answer.
  record Content(String text) implements ReplyPart {}

  /// The beginning of tool call `index` (0, 1, …): its function is known.
  record CallBegin(int index, String name) implements ReplyPart {}

  /// Some more of the JSON arguments of tool call `index`.
  record CallArguments(int index, String fragment) implements ReplyPart {}

  /// The end of tool call `index`.
  record CallEnd(int index) implements ReplyPart {}
}
