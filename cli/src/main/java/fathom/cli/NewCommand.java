package fathom.cli;

import fathom.checkpoint.ConversionOptions;
import fathom.checkpoint.QuantizationMix;
import fathom.checkpoint.ShardedSafetensorsWriter;
import fathom.checkpoint.TensorSpec;
import fathom.model.DecoderStack;
import fathom.model.ModelConfig;
import fathom.model.ModelInitializer;
import fathom.model.ModelPresets;
import fathom.model.Parameter;
import fathom.tensor.Codec;
import fathom.tensor.DType;
import fathom.tensor.Matrix;
import fathom.tensor.WorkerPool;
import fathom.tokenizer.SyntheticTokenizer;
import fathom.tokenizer.Tokenizer;
import fathom.training.AtomicFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `fathom new`: a model with random weights, of any shape and size.
@Command(
    name = "new",
    mixinStandardHelpOptions = true,
    description = "Makes a model with random weights, for benchmarks or as the start of training.",
    footer = {
      "",
      "Examples:",
      "  fathom new --preset tiny --out tiny",
      "  fathom new --preset r1-distill-qwen-1.5b --type q8_0 --out random.gguf",
      "  fathom new --config config.json --tokenizer DIR --type bf16 --seed 7 --out DIR"
    })
final class NewCommand implements Callable<Integer> {
  private static final long PIECE_FLOATS = 4 << 20;
  private static final JsonMapper JSON = new JsonMapper();

  @ArgGroup(multiplicity = "1")
  Shape shape = new Shape();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "PATH",
      description = "A .gguf file, or a directory to make.")
  Path out = Path.of("");

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      defaultValue = "bf16",
      description = "Format of the weights, as in fathom convert (default: ${DEFAULT-VALUE}).")
  String type = "bf16";

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Same seed, same weights (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      description =
          "Where to take the tokenizer from (default: a synthetic one of the right size).")
  @Nullable Path tokenizer;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute.")
  int threads = Runtime.getRuntime().availableProcessors();

  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  /// Where the shape comes from.
  static final class Shape {
    @Option(
        names = "--preset",
        paramLabel = "NAME",
        description = "tiny, r1-distill-qwen-1.5b, v2-lite, v3 or v3-4b.")
    @Nullable String preset;

    @Option(names = "--config", paramLabel = "FILE", description = "A config.json.")
    @Nullable Path config;
  }

  @Override
  public Integer call() throws IOException {
    ObjectNode tree = tree();
    QuantizationMix mix = ConvertCommand.mix(type);
    boolean gguf = out.toString().endsWith(".gguf");
    if (Files.exists(out) && (gguf || Files.exists(out.resolve("config.json")))) {
      throw new UsageException(out + ": exists already; remove it first");
    }
    if (!gguf && mix.isQuantized()) {
      throw new UsageException(
          "--type: expected f32, f16, bf16 or f8_e4m3 for a directory, found " + type);
    }
    if (!gguf && (mix == QuantizationMix.BF16 || mix == QuantizationMix.F32)) {
      writeDirectory(tree, out, mix.type());
    } else {
      Path making = out.resolveSibling(out.getFileName() + ".making");
      Path whole = making.resolve(out.getFileName().toString().replaceFirst("\\.gguf$", ""));
      try {
        writeDirectory(tree, whole, DType.BF16);
        ConvertCommand.convert(whole, out, ConversionOptions.of(mix), threads);
      } finally {
        AtomicFiles.delete(making);
      }
    }
    spec.commandLine().getErr().printf("Wrote %s.%n", out);
    return 0;
  }

  private ObjectNode tree() throws IOException {
    if (shape.preset != null) {
      try {
        return ModelPresets.tree(shape.preset);
      } catch (IllegalArgumentException e) {
        throw new UsageException("--preset: " + e.getMessage());
      }
    }
    Path file = shape.config == null ? Path.of("config.json") : shape.config;
    try {
      JsonNode node = JSON.readTree(Files.readAllBytes(file));
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new UsageException(file + ": expected a JSON object, found " + node.getNodeType());
    } catch (JacksonException e) {
      throw new UsageException(file + ": expected JSON, found " + e.getOriginalMessage());
    }
  }

  private void writeDirectory(ObjectNode tree, Path directory, DType numbers) throws IOException {
    ModelConfig config = ModelConfig.of(tree, directory.resolve("config.json"));
    Files.createDirectories(directory);
    tree.put("torch_dtype", numbers == DType.F32 ? "float32" : "bfloat16");
    tree.remove("quantization_config");
    Tokenizer words =
        tokenizer == null
            ? SyntheticTokenizer.of(config.vocabularySize())
            : LocalModel.tokenizer(tokenizer);
    words.save(directory);
    Files.write(
        directory.resolve("config.json"),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(tree));
    writeWeights(config, directory, numbers);
  }

  private void writeWeights(ModelConfig config, Path directory, DType numbers) {
    List<Parameter> parameters = new ArrayList<>(DecoderStack.declare(config).all());
    List<TensorSpec> specs =
        parameters.stream()
            .map(p -> new TensorSpec(p.name(), type(p, numbers), p.shape()))
            .toList();
    long total = specs.stream().mapToLong(TensorSpec::bytes).sum();
    ModelInitializer initializer = new ModelInitializer(config, seed);
    try (Progress progress = Progress.ofBytes("random weights");
        WorkerPool workers = new WorkerPool(threads);
        ShardedSafetensorsWriter writer =
            ShardedSafetensorsWriter.create(
                directory, specs, ShardedSafetensorsWriter.DEFAULT_SHARD_BYTES)) {
      RandomRows rows = new RandomRows(initializer, workers);
      long done = 0;
      for (int i = 0; i < parameters.size(); i++) {
        done += rows.write(parameters.get(i), specs.get(i).type(), writer);
        progress.advance(done, total);
      }
      writer.finish();
    }
  }

  private static DType type(Parameter parameter, DType numbers) {
    return parameter.role() == Parameter.Role.CORRECTION_BIAS ? DType.F32 : numbers;
  }

  /// Fills pieces of parameters on all threads and hands them to the writer.
  private record RandomRows(ModelInitializer initializer, WorkerPool workers) {
    long write(Parameter parameter, DType type, ShardedSafetensorsWriter writer) {
      int columns = parameter.columns();
      int pieceRows = (int) Math.max(1, Math.min(parameter.rows(), PIECE_FLOATS / columns));
      long written = 0;
      try (Arena arena = Arena.ofShared()) {
        Matrix piece = Matrix.allocate(arena, pieceRows, columns);
        MemorySegment bytes = arena.allocate(pieceRows * type.bytes(columns), 64);
        for (int first = 0; first < parameter.rows(); first += pieceRows) {
          int count = Math.min(pieceRows, parameter.rows() - first);
          fill(parameter, first, piece.rows(0, count), type, bytes);
          MemorySegment part = bytes.asSlice(0, count * type.bytes(columns));
          writer.write(parameter.name(), part);
          written += part.byteSize();
        }
      }
      return written;
    }

    private void fill(
        Parameter parameter, int first, Matrix rows, DType type, MemorySegment bytes) {
      Codec codec = Codec.of(type);
      long rowBytes = type.bytes(rows.columns());
      workers.run(
          rows.rows(),
          row -> {
            Matrix one = rows.rows(row, 1);
            initializer.fill(parameter, first + row, one);
            codec.quantize(one.toArray(0), 0, one.columns(), bytes, row * rowBytes);
          });
    }
  }
}
