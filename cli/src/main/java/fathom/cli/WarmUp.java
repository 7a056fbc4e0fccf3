package fathom.cli;

import fathom.generation.Engine;
import fathom.generation.GenerationException;
import fathom.generation.GenerationRequest;
import fathom.generation.SamplingParameters;
import fathom.generation.Session;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.ChatTemplateException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Questions put to a small model while the user still types, whose answers nobody sees: the JVM
/// compiles what answers run through meanwhile, and not in the user's first one.
final class WarmUp {
  private static final List<String> QUESTIONS =
      List.of("Solve the equation 47x + 2596 = 4817 for x.", "What is 28 * 39 + 4?", "Hello!");
  private static final int TOKENS = 200;
  private static final long PATIENCE_MILLIS = 1600;

  private final Engine engine;
  private final Session session;
  private final long begun = System.nanoTime();
  private final CompletableFuture<?> end;
  private volatile boolean asked;

  private WarmUp(Engine engine) {
    this.engine = engine;
    session = engine.newSession();
    end = CompletableFuture.runAsync(this::run, task -> Thread.ofVirtual().start(task));
  }

  /// Begins to put the questions, one after the other.
  static WarmUp begin(Engine engine) {
    return new WarmUp(engine);
  }

  /// Ends it, as the user has asked something: not before the first moments, which the user's
  /// answer would spend on the same.
  void finish() {
    CompletableFuture<?> patience =
        CompletableFuture.runAsync(
            () -> {}, CompletableFuture.delayedExecutor(left(), TimeUnit.MILLISECONDS));
    CompletableFuture.anyOf(end, patience).join();
    asked = true;
    session.cancel();
    end.join();
  }

  private long left() {
    return PATIENCE_MILLIS - (System.nanoTime() - begun) / 1_000_000;
  }

  private void run() {
    for (String question : QUESTIONS) {
      if (!asked) {
        answer(question);
      }
    }
  }

  private void answer(String question) {
    Conversation conversation = new Conversation();
    conversation.add(ChatMessage.user(question));
    try {
      int[] prompt = conversation.render(engine.tokenizer());
      int room = engine.options().contextTokens() - prompt.length;
      if (room < 1) {
        return;
      }
      SamplingParameters sampling = SamplingParameters.greedy(Math.min(room, TOKENS));
      session.generate(
          GenerationRequest.builder(prompt).sampling(sampling).uncached().build(), token -> {});
    } catch (GenerationException | ChatTemplateException e) {
      // The user's own question meets the same failure, and says so.
    }
  }
}
