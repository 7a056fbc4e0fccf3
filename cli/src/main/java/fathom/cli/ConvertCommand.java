package fathom.cli;

import fathom.checkpoint.ConversionOptions;
import fathom.checkpoint.Converter;
import fathom.checkpoint.QuantizationMix;
import fathom.tensor.WorkerPool;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fathom convert`: from one format to another.
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    description = "Converts between Hugging Face directories and GGUF files, and requantises.",
    footer = {
      "",
      "Types: f32 f16 bf16 f8_e4m3 (directories only), q8_0 q4_0 q4_1 q5_0 q5_1 q4_k_s q4_k_m q5_k_s",
      "q5_k_m q6_k (GGUF only).",
      "",
      "Examples:",
      "  fathom convert DeepSeek-V2-Lite v2-lite.gguf --type q4_k_m",
      "  fathom convert model.gguf DIRECTORY --type bf16"
    })
final class ConvertCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "IN", description = "A directory or a GGUF file.")
  Path in = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "A .gguf file, or a directory to make.")
  Path out = Path.of("");

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      defaultValue = "bf16",
      description = "Format of the weights (default: ${DEFAULT-VALUE}).")
  String type = "bf16";

  @Option(names = "--no-mtp", description = "Leaves out the layers of multi-token prediction.")
  boolean withoutMtp;

  @Option(
      names = "--whole-kv-b",
      description = "Writes deepseek2 GGUF files in the layout before April 2025.")
  boolean wholeKvB;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that quantise.")
  int threads = Runtime.getRuntime().availableProcessors();

  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (in.toAbsolutePath().normalize().equals(out.toAbsolutePath().normalize())) {
      throw new UsageException("convert: expected OUT to be another than IN, found " + out);
    }
    ConversionOptions options = ConversionOptions.of(mix(type));
    if (withoutMtp) {
      options = options.withoutMultiTokenPrediction();
    }
    if (wholeKvB) {
      options = options.withWholeKvB();
    }
    convert(EmbeddedModel.resolve(in), out, options, threads);
    spec.commandLine().getErr().printf("Wrote %s.%n", out);
    return 0;
  }

  /// The mix of a name; `q4_k` and `q5_k` mean their medium forms.
  static QuantizationMix mix(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    try {
      return QuantizationMix.named(
          lower.equals("q4_k") || lower.equals("q5_k") ? lower + "_m" : lower);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--" + e.getMessage());
    }
  }

  static void convert(Path in, Path out, ConversionOptions options, int threads) {
    try (WorkerPool workers = new WorkerPool(threads);
        Progress progress = Progress.ofBytes("converting")) {
      new Converter(
              options,
              new TokenizerFiles(),
              workers,
              (tensor, done, total) -> progress.advance(done, total))
          .convert(in, out);
    }
  }
}
