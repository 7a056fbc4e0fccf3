package fathom.cli;

import fathom.tensor.Kernels;
import fathom.training.InitialModel;
import fathom.training.Pretrainer;
import fathom.training.RunDirectory;
import fathom.training.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `fathom train`: text to a model.
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = "Trains a model by DeepSeek-V3's recipe; can be killed and resumed at any time.",
    footer = {
      "",
      "Examples:",
      "  fathom train --config config.json --data books/ --out runs/books --steps 2000",
      "  fathom train --config tiny --data text.txt --out run --recipe recipe.json --lr 6e-4",
      "  fathom train --from runs/books/checkpoints/last --extend-context 4 --length 4096 --data"
          + " books/ --out long",
      "  fathom train --resume runs/books"
    })
final class TrainCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "PRESET|FILE",
      description = "The model's shape: a preset, a config.json or a model's directory.")
  @Nullable String config;

  @Option(
      names = "--from",
      paramLabel = "MODEL",
      description = "Starts from a model's weights instead of fresh ones.")
  @Nullable Path from;

  @Option(
      names = "--extend-context",
      paramLabel = "FACTOR",
      description = "Makes the context of --from so many times as long, by YaRN.")
  @Nullable Double extendContext;

  @Option(
      names = "--data",
      paramLabel = "FILE|DIR",
      description = "Text (prepared on the way), or what fathom prepare has made.")
  @Nullable Path data;

  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      description = "What to encode text with (default: one is trained).")
  @Nullable Path tokenizer;

  @Mixin RecipeArguments recipeArguments = new RecipeArguments();
  @Mixin RunArguments runArguments = new RunArguments();
  @Mixin KernelArguments kernelArguments = new KernelArguments();
  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    return TrainingSession.run(kernelArguments, spec.commandLine().getErr(), this::trainer);
  }

  private Pretrainer trainer(Kernels kernels) throws IOException {
    RunDirectory resumed = runArguments.resumed();
    if (resumed != null) {
      return Pretrainer.resume(resumed, kernels);
    }
    if (data == null || !runArguments.hasPlace() || (config == null && from == null)) {
      throw new UsageException(
          "train: expected --config or --from, --data and --out, or --resume RUN");
    }
    if (extendContext != null && from == null) {
      throw new UsageException("--extend-context: expected a model to extend as --from");
    }
    ObjectNode given = recipeArguments.recipe();
    TrainingRecipe recipe = TrainingRecipe.of(given, recipeArguments.steps.source());
    RunDirectory run = runArguments.begin();
    ObjectNode tree =
        config == null || from != null
            ? JsonNodeFactory.instance.objectNode()
            : TrainingSource.config(config);
    Path words = tokenizer == null ? from : tokenizer;
    int vocabulary = tree.path("vocab_size").asInt(0);
    Path dataset = TrainingSource.dataset(data, run.data(), recipe, vocabulary, words);
    InitialModel initial = from == null ? InitialModel.fresh(tree) : InitialModel.of(from);
    if (extendContext != null) {
      initial = initial.extended(extendContext);
    }
    return Pretrainer.start(run, initial, given, dataset, kernels);
  }
}
