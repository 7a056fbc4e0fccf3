package fathom.tokenizer;

import java.util.List;

/// Divides a reply into thinking (`<think>` … `</think>`) and answer while it streams, however its
/// text is cut.
@SuppressWarnings("DoNotCallSuggester")
public final class ReasoningParser {
  /// A parser for one reply.
  ///
  /// @param insideReasoning whether the prompt already ended with `<think>`
  public ReasoningParser(boolean insideReasoning) {}

  /// What becomes certain with this text: [ReplyPart.Reasoning] and [ReplyPart.Content], in order.
  public List<ReplyPart> accept(String text) {
    throw new UnsupportedOperationException();
  }

  /// What was still held back.
  public List<ReplyPart> finish() {
    throw new UnsupportedOperationException();
  }
}
