package fathom.cli;

import fathom.model.ModelPresets;
import fathom.tokenizer.Tokenizer;
import fathom.training.DataPreparation;
import fathom.training.PreparationOptions;
import fathom.training.PreparationReport;
import fathom.training.TokenDataset;
import fathom.training.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What a model is made from: a configuration and text.
final class TrainingSource {
  private TrainingSource() {}

  /// The `config.json` that a preset, a file or a model's directory gives.
  static ObjectNode config(String name) throws IOException {
    if (ModelPresets.names().contains(name)) {
      return ModelPresets.tree(name);
    }
    Path path = Path.of(name);
    Path file = Files.isDirectory(path) ? path.resolve("config.json") : path;
    try {
      JsonNode tree = new JsonMapper().readTree(Files.readAllBytes(file));
      if (tree instanceof ObjectNode object) {
        return object;
      }
      throw new UsageException(file + ": expected a JSON object, found " + tree.getNodeType());
    } catch (JacksonException e) {
      throw new UsageException(file + ": expected JSON, found " + e.getOriginalMessage());
    }
  }

  /// The data set at `data`, or the one that is made of the text there, in `out`.
  static Path dataset(
      Path data, Path out, TrainingRecipe recipe, int vocabulary, @Nullable Path tokenizer) {
    if (TokenDataset.isDataset(data)) {
      return data;
    }
    if (TokenDataset.isDataset(out)) {
      return out;
    }
    int threads = Runtime.getRuntime().availableProcessors();
    PreparationOptions options =
        PreparationOptions.of(vocabulary, recipe.text(), recipe.seed(), threads);
    Tokenizer words = tokenizer == null ? null : LocalModel.tokenizer(tokenizer);
    new DataPreparation(options).prepare(List.of(data), out, words);
    return out;
  }

  static String describe(PreparationReport report) {
    return String.format(
        Locale.ROOT,
        "%d documents: %d empty, %d copies and %d near copies dropped; %s characters became %s"
            + " tokens to learn from and %s held out",
        report.documents(),
        report.empty(),
        report.exactCopies(),
        report.nearCopies(),
        Sizes.count((double) report.characters()),
        Sizes.count((double) report.trainingTokens()),
        Sizes.count((double) report.validationTokens()));
  }
}
