package fathom.tokenizer;

import java.util.List;

/// Finds tool calls in the answer while it streams: DeepSeek's tokens (V3, R1 and V3.1 forms) and
/// Qwen's `<tool_call>`.
@SuppressWarnings("DoNotCallSuggester")
public final class ToolCallParser {
  /// A parser for one reply.
  public ToolCallParser() {}

  /// What becomes certain with this text: [ReplyPart.Content] and the parts of calls, in order.
  public List<ReplyPart> accept(String text) {
    throw new UnsupportedOperationException();
  }

  /// What was still held back.
  public List<ReplyPart> finish() {
    throw new UnsupportedOperationException();
  }
}
