package fathom.cli;

import fathom.tokenizer.Tokenizer;
import fathom.training.DataPreparation;
import fathom.training.PreparationOptions;
import fathom.training.PreparationReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fathom prepare`: text to token shards.
@Command(
    name = "prepare",
    mixinStandardHelpOptions = true,
    description = "Makes a data set of text, JSONL, CSV and Parquet files.",
    footer = {
      "",
      "Examples:",
      "  fathom prepare books/ --out books.data --vocabulary 4096",
      "  fathom prepare stories.parquet notes.jsonl --out data --tokenizer DeepSeek-V3",
      "  fathom prepare practice.jsonl --conversations --vocabulary 768 --out data"
    })
final class PrepareCommand implements Callable<Integer> {
  private static final int SHARD_TOKENS = 100_000_000;

  @Parameters(paramLabel = "FILE|DIR", arity = "1..*", description = "What to read.")
  List<Path> inputs = new ArrayList<>();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where the data set goes; must not exist.")
  Path out = Path.of("");

  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      description = "A model or tokenizer to encode with (default: one is trained).")
  @Nullable Path tokenizer;

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      defaultValue = "4096",
      description = "Ids of a trained tokenizer (default: ${DEFAULT-VALUE}).")
  int vocabulary = 4096;

  @Option(
      names = "--held-out",
      paramLabel = "SHARE",
      defaultValue = "0.05",
      description = "Share of the text kept for validation (default: ${DEFAULT-VALUE}).")
  double heldOut = 0.05;

  @Option(
      names = "--keep-near-copies",
      description = "Drops only exact copies of documents, not near ones.")
  boolean keepNearCopies;

  @Option(
      names = "--conversations",
      description =
          "Documents are rendered conversations, as fathom problems --as text writes them: their"
              + " marks become special tokens.")
  boolean conversations;

  @Option(names = "--seed", paramLabel = "N", description = "Decides what is held out.")
  long seed;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute.")
  int threads = Runtime.getRuntime().availableProcessors();

  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    for (Path input : inputs) {
      if (!Files.exists(input)) {
        throw new UsageException(input + ": no such file or directory");
      }
    }
    PreparationOptions options =
        new PreparationOptions(vocabulary, heldOut, !keepNearCopies, seed, threads, SHARD_TOKENS);
    Tokenizer words = tokenizer == null ? null : LocalModel.tokenizer(tokenizer);
    DataPreparation preparation = new DataPreparation(options);
    if (conversations) {
      preparation = preparation.ofConversations(ThinkingTemplate.source());
    }
    PreparationReport report = preparation.prepare(inputs, out, words);
    spec.commandLine().getOut().println(TrainingSource.describe(report));
    return 0;
  }
}
