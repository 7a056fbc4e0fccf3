package fathom.server;

import fathom.generation.Grammar;
import fathom.generation.SamplingParameters;
import fathom.tokenizer.ChatMessage;
import java.util.List;
import java.util.Optional;

/// A chat request of any protocol, understood and checked.
///
/// @param model the name that was asked for
/// @param messages the conversation
/// @param tools which functions may or must be called
/// @param thinking whether the answer is to begin with reasoning
/// @param grammar what the answer must match, if anything
/// @param sampling how tokens are chosen and when to end
/// @param choices how many answers
/// @param cacheUser whose cache and turn this is
record ChatCall(
    String model,
    List<ChatMessage> messages,
    ToolUse tools,
    boolean thinking,
    Optional<Grammar> grammar,
    SamplingParameters sampling,
    int choices,
    String cacheUser) {

  ChatCall {
    messages = List.copyOf(messages);
  }
}
