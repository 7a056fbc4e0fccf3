package fathom.cli;

import fathom.evaluation.Answerer;
import fathom.evaluation.Prompt;
import fathom.evaluation.Response;
import fathom.generation.Engine;
import fathom.generation.FinishReason;
import fathom.generation.GenerationRequest;
import fathom.generation.GenerationResult;
import fathom.generation.SamplingParameters;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.ChatOptions;
import fathom.tokenizer.ChatTemplate;
import fathom.tokenizer.Tokenizer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Answers an evaluation's questions by an engine, as many at a time as its scheduler runs.
final class EngineAnswerer implements Answerer {
  private final Engine engine;
  private final ChatTemplate template;
  private final ChatOptions options;

  /// @param thinking whether the template is asked to let the model think
  EngineAnswerer(Engine engine, boolean thinking) {
    this.engine = engine;
    template = Chats.template(engine.tokenizer());
    options = ChatOptions.answer().withThinking(thinking);
  }

  @Override
  public CompletableFuture<Response> answer(Prompt prompt) {
    Tokenizer tokenizer = engine.tokenizer();
    int[] ids =
        tokenizer.encode(template.render(List.of(ChatMessage.user(prompt.question())), options));
    int room = engine.options().contextTokens() - ids.length;
    if (room < 1) {
      // A question that does not fit the context is a question that was not answered.
      return CompletableFuture.completedFuture(Response.parse("", "length", 0));
    }
    SamplingParameters sampling =
        SamplingParameters.builder()
            .temperature(prompt.temperature())
            .topP(prompt.topP())
            .maxTokens(Math.min(prompt.maxTokens(), room))
            .seed(prompt.seed())
            .build();
    boolean opened = ChatLoop.opensThinking(tokenizer, ids);
    return engine
        .submit(GenerationRequest.builder(ids).sampling(sampling).build(), token -> {})
        .result()
        .thenApply(result -> response(result, opened));
  }

  private static Response response(GenerationResult result, boolean opened) {
    String text = opened ? "<think>" + result.text() : result.text();
    String reason = result.finishReason() == FinishReason.STOP ? "stop" : "length";
    return Response.parse(text, reason, result.ids().length);
  }
}
