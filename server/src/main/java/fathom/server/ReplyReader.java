package fathom.server;

import fathom.generation.FinishReason;
import fathom.generation.TokenLogProbabilities;
import fathom.tokenizer.ReasoningParser;
import fathom.tokenizer.ReplyPart;
import fathom.tokenizer.ToolCallParser;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns one answer's stream of text into reasoning, content and tool calls, and keeps each token's
/// log-probability with the part in which its text came out.
final class ReplyReader {
  private final @Nullable ReasoningParser reasoning;
  private final @Nullable ToolCallParser calls;
  private final @Nullable ForcedCallParser forced;
  private List<TokenLogProbabilities> pending = new ArrayList<>();
  private boolean called;

  /// A part with the log-probabilities of its tokens.
  record Part(ReplyPart part, List<TokenLogProbabilities> logProbabilities) {}

  /// @param insideReasoning whether the prompt ends inside the reasoning
  /// @param tools how tool calls come out
  ReplyReader(boolean insideReasoning, ToolReading tools) {
    this.reasoning = tools == ToolReading.PLAIN ? null : new ReasoningParser(insideReasoning);
    this.calls = tools == ToolReading.NATIVE ? new ToolCallParser() : null;
    this.forced = tools == ToolReading.FORCED ? new ForcedCallParser() : null;
  }

  /// How tool calls come out of the model.
  enum ToolReading {
    /// There are neither tools nor reasoning: everything is content.
    PLAIN,
    /// There are none.
    NONE,
    /// In the form of the model's template.
    NATIVE,
    /// As one JSON object `{"name": …, "arguments": …}` to which a grammar held the model.
    FORCED
  }

  /// Reads one token.
  List<Part> accept(ReplyEvent.Token token) {
    TokenLogProbabilities known = token.logProbabilities();
    if (known != null) {
      pending.add(known);
    }
    if (token.text().isEmpty()) {
      return List.of();
    }
    return parts(
        reasoning == null
            ? List.of(new ReplyPart.Content(token.text()))
            : reasoning.accept(token.text()),
        false);
  }

  /// Reads the end.
  List<Part> finish() {
    return parts(reasoning == null ? List.of() : reasoning.finish(), true);
  }

  /// How the API names the end.
  String finishReason(FinishReason reason) {
    return switch (reason) {
      case STOP -> called ? "tool_calls" : "stop";
      case LENGTH -> "length";
      case CANCELLED -> "aborted";
    };
  }

  private List<Part> parts(List<ReplyPart> divided, boolean end) {
    List<ReplyPart> all = new ArrayList<>();
    for (ReplyPart part : divided) {
      if (part instanceof ReplyPart.Content content) {
        all.addAll(afterReasoning(content));
      } else {
        all.add(part);
      }
    }
    if (end && calls != null) {
      all.addAll(calls.finish());
    }
    if (end && forced != null) {
      all.addAll(forced.finish());
    }
    List<Part> result = new ArrayList<>();
    for (ReplyPart part : all) {
      called |= part instanceof ReplyPart.CallBegin;
      result.add(new Part(part, pending));
      pending = new ArrayList<>();
    }
    return result;
  }

  private List<ReplyPart> afterReasoning(ReplyPart.Content content) {
    if (forced != null) {
      return forced.accept(content.text());
    }
    return calls == null ? List.of(content) : calls.accept(content.text());
  }
}
