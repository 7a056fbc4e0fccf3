package fathom.training;

import fathom.generation.Engine;
import fathom.generation.EngineOptions;
import fathom.generation.GenerationRequest;
import fathom.generation.SamplingParameters;
import fathom.model.CacheLayout;
import fathom.model.DecoderModel;
import fathom.model.DecoderStack;
import fathom.model.ModelOptions;
import fathom.tensor.Kernels;
import fathom.tokenizer.Tokenizer;

/// Lets the model that is being trained write something: an engine over the very weights that the
/// optimiser moves, opened anew each time because its cache would be of older weights.
final class SampleWriter {
  private static final double TEMPERATURE = 0.8;
  private static final double TOP_P = 0.95;

  private final DecoderStack stack;
  private final Kernels kernels;
  private final Tokenizer tokenizer;

  SampleWriter(DecoderStack stack, Kernels kernels, Tokenizer tokenizer) {
    this.stack = stack;
    this.kernels = kernels;
    this.tokenizer = tokenizer;
  }

  /// The recipe's prompt and what the model makes of it; the same each time for the same weights.
  String write(TrainingRecipe recipe) {
    String prompt = recipe.keeping().samplePrompt();
    int[] ids = tokenizer.encodePrompt(prompt);
    int context = Math.min(ids.length + recipe.keeping().sampleTokens(), recipe.batch().length());
    int room = context - ids.length;
    if (ids.length == 0 || room < 1) {
      return prompt;
    }
    DecoderModel model = DecoderModel.of(stack, kernels, ModelOptions.defaults());
    CacheLayout layout = model.cacheLayout();
    long cache = (layout.blocks(context) + 2L) * layout.blockBytes();
    EngineOptions options = EngineOptions.of(context, cache, recipe.seed(), System::nanoTime);
    try (Engine engine = Engine.open(model, tokenizer, options)) {
      SamplingParameters sampling =
          SamplingParameters.builder()
              .temperature(TEMPERATURE)
              .topP(TOP_P)
              .seed(recipe.seed())
              .maxTokens(room)
              .build();
      GenerationRequest request = GenerationRequest.builder(ids).sampling(sampling).build();
      StringBuilder text = new StringBuilder(prompt);
      engine.submit(request, token -> text.append(token.text())).await();
      return text.toString();
    }
  }
}
