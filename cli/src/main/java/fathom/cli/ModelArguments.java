package fathom.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options of every command that opens a model.
final class ModelArguments {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "DIR|FILE",
      description =
          "A Hugging Face directory of safetensors, a GGUF file (of a split set: the first), or"
              + " 'embedded' (default: the model that ships inside).")
  @Nullable Path model;

  @Option(
      names = "--context",
      paramLabel = "N",
      description =
          "Longest prompt and answer together, in tokens (default: the model's, at most 8192).")
  int context = DEFAULT_CONTEXT;

  private static final int DEFAULT_CONTEXT = 8192;
  private int beyond;

  @Option(
      names = "--cache-type",
      paramLabel = "TYPE",
      defaultValue = "f32",
      description = "Format of the attention cache: f32, f16 or bf16 (default: ${DEFAULT-VALUE}).")
  String cacheType = "f32";

  /// Lets an answer of so many tokens, which somebody asked for, go beyond the model's positions.
  void letAnswerGoBeyond(int tokens) {
    beyond = Math.max(0, tokens);
  }

  /// Longest prompt and answer together for a model that was trained with so many positions. A
  /// number that was asked for counts, also where the model has never seen such positions.
  int contextOf(int positions) {
    return context == DEFAULT_CONTEXT
        ? (int) Math.min(DEFAULT_CONTEXT, (long) positions + beyond)
        : context;
  }

  /// Whether a model was named.
  boolean isGiven() {
    return model != null;
  }

  /// Whether it is the one that ships inside.
  boolean isEmbedded() {
    return model == null || model.toString().equals(EmbeddedModel.NAME);
  }

  /// The model that was asked for, or the one that ships inside.
  Path path() {
    return EmbeddedModel.resolve(model == null ? Path.of(EmbeddedModel.NAME) : model);
  }
}
