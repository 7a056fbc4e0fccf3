package fathom.cli;

import fathom.checkpoint.Checkpoint;
import fathom.checkpoint.GgufMetadata;
import fathom.generation.Engine;
import fathom.generation.EngineOptions;
import fathom.model.DecoderModel;
import fathom.model.ModelOptions;
import fathom.tensor.DType;
import fathom.tensor.Kernels;
import fathom.tensor.WorkerPool;
import fathom.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A model opened from files, with everything around it that a command needs: the mapped
/// checkpoint, the kernels on their worker pool, the tokenizer, and, where text is generated, the
/// engine.
final class LocalModel implements AutoCloseable {
  private static final int DEFAULT_SEED = 0;

  private final Checkpoint checkpoint;
  private final WorkerPool workers;
  private final Kernels kernels;
  private final DecoderModel model;
  private final @Nullable Tokenizer tokenizer;
  private final double loadMillis;
  private @Nullable Engine engine;

  private LocalModel(ModelArguments arguments, KernelArguments compute, boolean withTokenizer) {
    long start = System.nanoTime();
    checkpoint = Checkpoint.open(arguments.path());
    workers = new WorkerPool(compute.threads());
    try {
      kernels = compute.kernels(workers);
      model = DecoderModel.load(checkpoint, kernels, options(arguments));
      tokenizer = withTokenizer ? tokenizer(checkpoint) : null;
    } catch (RuntimeException fault) {
      workers.close();
      checkpoint.close();
      throw fault;
    }
    loadMillis = (System.nanoTime() - start) / 1e6;
  }

  /// Opens a model to generate text with.
  static LocalModel open(ModelArguments arguments, KernelArguments compute) {
    LocalModel opened = new LocalModel(arguments, compute, true);
    int context = Math.min(arguments.context, opened.model.config().maxPositions());
    long blocks = opened.model.cacheLayout().blocks(context) + 1L;
    long bytes = blocks * opened.model.cacheLayout().blockBytes();
    opened.engine =
        Engine.open(
            opened.model,
            opened.tokenizer(),
            EngineOptions.of(context, bytes, System.nanoTime() + DEFAULT_SEED, System::nanoTime));
    return opened;
  }

  /// Opens a model without tokenizer and engine, to compute with.
  static LocalModel openBare(ModelArguments arguments, KernelArguments compute) {
    return new LocalModel(arguments, compute, false);
  }

  private static ModelOptions options(ModelArguments arguments) {
    return ModelOptions.defaults().withCacheType(cacheType(arguments.cacheType));
  }

  private static DType cacheType(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "f32" -> DType.F32;
      case "f16" -> DType.F16;
      case "bf16" -> DType.BF16;
      default -> throw new UsageException("--cache-type: expected f32, f16 or bf16, found " + name);
    };
  }

  /// The tokenizer of a model, or of a directory that has nothing else.
  static Tokenizer tokenizer(Path path) {
    if (Files.isDirectory(path) && Files.exists(path.resolve("tokenizer.json"))) {
      return Tokenizer.open(path);
    }
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      return tokenizer(checkpoint);
    }
  }

  private static Tokenizer tokenizer(Checkpoint checkpoint) {
    return checkpoint
        .metadata()
        .map(metadata -> Tokenizer.fromGguf(plain(metadata)))
        .orElseGet(() -> Tokenizer.open(checkpoint.directory()));
  }

  private static Map<String, Object> plain(GgufMetadata metadata) {
    Map<String, Object> plain = new LinkedHashMap<>();
    metadata
        .values()
        .forEach(
            (key, value) -> {
              if (key.startsWith("tokenizer.")) {
                plain.put(key, value.toJava());
              }
            });
    return plain;
  }

  Checkpoint checkpoint() {
    return checkpoint;
  }

  DecoderModel model() {
    return model;
  }

  Kernels kernels() {
    return kernels;
  }

  WorkerPool workers() {
    return workers;
  }

  Tokenizer tokenizer() {
    if (tokenizer == null) {
      throw new IllegalStateException("local model: expected a tokenizer, found a bare model");
    }
    return tokenizer;
  }

  Engine engine() {
    if (engine == null) {
      throw new IllegalStateException("local model: expected an engine, found a bare model");
    }
    return engine;
  }

  /// Milliseconds from opening the files to being ready.
  double loadMillis() {
    return loadMillis;
  }

  /// One line: what was loaded, and what computes.
  String banner() {
    return "%s (%s, %s parameters), %s kernels on %d threads, ready in %.1f s"
        .formatted(
            checkpoint.path().getFileName(),
            model.config().architecture().modelType(),
            Sizes.count((double) model.stack().parameters().count()),
            kernels.name(),
            workers.threads(),
            loadMillis / 1000);
  }

  @Override
  public void close() {
    if (engine != null) {
      engine.close();
    } else {
      model.close();
    }
    workers.close();
    checkpoint.close();
  }
}
