package fathom.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options of every command that opens a model.
final class ModelArguments {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "DIR|FILE",
      required = true,
      description =
          "A Hugging Face directory of safetensors, or a GGUF file (of a split set: the first).")
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

  /// The model that was asked for.
  Path path() {
    if (model == null) {
      throw new UsageException("--model: expected a directory or a file, found nothing");
    }
    return model;
  }
}
