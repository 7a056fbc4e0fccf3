package fathom.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import fathom.generation.Engine;

/// LangChain4j's `ChatModel` over an engine in the same process.
public final class FathomChatModel implements ChatModel {
  private final Conversations conversations;

  /// @param engine stays the caller's to close
  /// @param thinking whether models that can choose are to think before they answer
  /// @throws IllegalArgumentException if the engine's tokenizer has no chat template
  public FathomChatModel(Engine engine, boolean thinking) {
    this.conversations = new Conversations(engine, thinking);
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    Reply reply = conversations.reply();
    reply.finish(
        conversations
            .engine()
            .submit(conversations.read(request), token -> reply.accept(token.text()))
            .await());
    return reply.response();
  }
}
