package fathom.server;

import fathom.generation.FinishReason;
import fathom.generation.TokenLogProbabilities;
import fathom.generation.Usage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What happens to one of the answers of a request, as it happens.
public sealed interface ReplyEvent {
  /// Which answer, from 0.
  int choice();

  /// The prompt is computed.
  record Prefilled(int choice, Usage usage) implements ReplyEvent {}

  /// The next token, with the text that became certain by it.
  record Token(int choice, String text, @Nullable TokenLogProbabilities logProbabilities)
      implements ReplyEvent {}

  /// The end; `stopString` is the text that caused it, if one did.
  record End(int choice, FinishReason reason, Optional<String> stopString, Usage usage)
      implements ReplyEvent {}

  /// The engine failed.
  record Failed(int choice, String reason) implements ReplyEvent {}
}
