package fathom.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import fathom.generation.Engine;
import fathom.generation.GeneratedToken;
import fathom.generation.GenerationException;
import fathom.generation.GenerationListener;
import fathom.generation.GenerationResult;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// LangChain4j's `StreamingChatModel` over an engine in the same process. The handler is called
/// from a virtual thread of its own, so a slow handler makes nobody else wait.
public final class FathomStreamingChatModel implements StreamingChatModel {
  private final Conversations conversations;

  /// @param engine stays the caller's to close
  /// @param thinking whether models that can choose are to think before they answer
  /// @throws IllegalArgumentException if the engine's tokenizer has no chat template
  public FathomStreamingChatModel(Engine engine, boolean thinking) {
    this.conversations = new Conversations(engine, thinking);
  }

  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    BlockingQueue<Runnable> calls = new LinkedBlockingQueue<>();
    Reply reply = conversations.reply();
    Listener listener = new Listener(calls, reply, handler);
    conversations.engine().submit(conversations.read(request), listener);
    Thread.ofVirtual().name("fathom-langchain4j").start(() -> run(calls, listener));
  }

  private static void run(BlockingQueue<Runnable> calls, Listener listener) {
    try {
      while (!listener.ended) {
        calls.take().run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Puts what happens into the queue; what comes out runs on the handler's thread.
  private static final class Listener implements GenerationListener {
    private final BlockingQueue<Runnable> calls;
    private final Reply reply;
    private final StreamingChatResponseHandler handler;
    private boolean ended;

    Listener(BlockingQueue<Runnable> calls, Reply reply, StreamingChatResponseHandler handler) {
      this.calls = calls;
      this.reply = reply;
      this.handler = handler;
    }

    @Override
    public void onToken(GeneratedToken token) {
      String text = token.text();
      calls.add(() -> reply.accept(text).forEach(part -> Reply.tell(part, handler)));
    }

    @Override
    public void onFinish(GenerationResult result) {
      calls.add(
          () -> {
            ended = true;
            reply.finish(result).forEach(part -> Reply.tell(part, handler));
            handler.onCompleteResponse(reply.response());
          });
    }

    @Override
    public void onFailure(GenerationException failure) {
      calls.add(
          () -> {
            ended = true;
            handler.onError(failure);
          });
    }
  }
}
