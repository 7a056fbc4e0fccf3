package fathom.training;

import fathom.tokenizer.ChatMessage;
import java.util.List;
import java.util.Optional;

/// One conversation to learn from.
///
/// @param messages in their order; the assistant's are what is learned
/// @param thinking whether the template is told to think; empty if that follows from whether the
///   answer has reasoning
record ChatExample(List<ChatMessage> messages, Optional<Boolean> thinking) {
  ChatExample {
    messages = List.copyOf(messages);
  }
}
