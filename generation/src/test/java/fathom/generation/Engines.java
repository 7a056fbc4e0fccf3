package fathom.generation;

import fathom.model.LanguageModel;
import fathom.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Engines for tests.
final class Engines {
  private static final Tokenizer TOKENIZER = Fixtures.tinyTokenizer();

  private Engines() {}

  static Tokenizer tokenizer() {
    return TOKENIZER;
  }

  /// 16 sequences, 256 prompt tokens a step, a context of 2048, blocks for four full contexts.
  static Engine open(LanguageModel model) {
    return open(model, 128, new EngineOptions.BatchOptions(16, 256, 1000));
  }

  static Engine open(LanguageModel model, int blocks, EngineOptions.BatchOptions batch) {
    return Engine.open(model, TOKENIZER, options(blocks, batch));
  }

  static EngineOptions options(int blocks, EngineOptions.BatchOptions batch) {
    long bytes = blocks * HashModel.blockBytes();
    int context = Math.min(2048, blocks * 64);
    return new EngineOptions(
        context,
        batch,
        new EngineOptions.CacheOptions(bytes, Optional.empty()),
        true,
        42,
        System::nanoTime);
  }

  static GenerationResult run(Engine engine, GenerationRequest request) {
    return engine.submit(request, token -> {}).await();
  }

  static GenerationRequest greedy(int[] prompt, int tokens) {
    return request(prompt, SamplingParameters.builder().temperature(0).maxTokens(tokens));
  }

  static GenerationRequest sampled(int[] prompt, int tokens, long seed) {
    return request(prompt, SamplingParameters.builder().seed(seed).topP(0.95).maxTokens(tokens));
  }

  static GenerationRequest request(int[] prompt, SamplingParameters.Builder sampling) {
    return GenerationRequest.builder(prompt).sampling(sampling.ignoreEndTokens().build()).build();
  }

  /// Submits a request that its listener cancels at the token with this index.
  static GenerationHandle submitCancellingAfter(
      Engine engine, GenerationRequest request, int index) {
    CompletableFuture<GenerationHandle> handle = new CompletableFuture<>();
    handle.complete(
        engine.submit(
            request,
            token -> {
              if (token.index() == index) {
                handle.join().cancel();
              }
            }));
    return handle.join();
  }
}
