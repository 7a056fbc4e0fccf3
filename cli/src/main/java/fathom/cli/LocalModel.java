package fathom.cli;

import fathom.checkpoint.Checkpoint;
import fathom.checkpoint.GgufMetadata;
import fathom.generation.Engine;
import fathom.generation.EngineOptions;
import fathom.generation.EngineOptions.BatchOptions;
import fathom.generation.EngineOptions.CacheOptions;
import fathom.generation.EngineOptions.DiskOptions;
import fathom.model.CacheLayout;
import fathom.model.DecoderModel;
import fathom.model.DecoderStack;
import fathom.model.ModelOptions;
import fathom.model.ModelWeights;
import fathom.model.Parameter;
import fathom.server.ServerConfig;
import fathom.tensor.DType;
import fathom.tensor.KernelChoice;
import fathom.tensor.Kernels;
import fathom.tensor.ScalarKernels;
import fathom.tensor.WeightMatrix;
import fathom.tensor.WorkerPool;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A model opened from files, with everything around it that a command needs: the mapped
/// checkpoint, the kernels on their worker pool, the tokenizer, and, where text is generated, the
/// engine.
final class LocalModel implements AutoCloseable {
  private static final long DISK_CACHE_BYTES = 4L << 30;

  private static final double SHARE_FOR_WEIGHTS = 0.85;
  private static final Set<Parameter.Role> PREPARED =
      EnumSet.of(Parameter.Role.MATRIX, Parameter.Role.EXPERT, Parameter.Role.HEAD);

  /// What a model is opened for.
  private enum Use {
    /// One sequence at a time.
    ONE,
    /// Many sequences at a time.
    MANY,
    /// No text: without tokenizer and engine.
    BARE
  }

  private final Checkpoint checkpoint;
  private final Arena copies = Arena.ofShared();
  private final WorkerPool workers;
  private final KernelChoice choice;
  private final DecoderModel model;
  private final @Nullable Tokenizer tokenizer;
  private final double loadMillis;
  private @Nullable Engine engine;

  private LocalModel(
      ModelArguments arguments, KernelArguments compute, Use use, @Nullable KernelClock clock) {
    long start = System.nanoTime();
    checkpoint = Checkpoint.open(arguments.path());
    workers =
        new WorkerPool(use == Use.ONE ? compute.threadsForOne(checkpoint) : compute.threads());
    Meanwhile<Optional<Tokenizer>> text =
        Meanwhile.begin(
            "tokenizer",
            () -> use == Use.BARE ? Optional.empty() : Optional.of(tokenizer(checkpoint)));
    try {
      KernelChoice chosen =
          compute.choose(clock == null ? workers : clock.watch(workers), checkpoint);
      choice =
          clock == null ? chosen : new KernelChoice(clock.watch(chosen.kernels()), chosen.reason());
      model = load(compute.isWidened(checkpoint), options(arguments));
      prepare();
      tokenizer = text.join().orElse(null);
    } catch (RuntimeException fault) {
      text.awaitEnd(); // it reads the checkpoint's memory
      copies.close();
      workers.close();
      checkpoint.close();
      throw fault;
    }
    loadMillis = (System.nanoTime() - start) / 1e6;
  }

  private DecoderModel load(boolean widened, ModelOptions options) {
    if (!widened) {
      return DecoderModel.load(checkpoint, choice.kernels(), options);
    }
    Kernels plain = new ScalarKernels(workers);
    DecoderStack stack = ModelWeights.copy(checkpoint, plain, options, copies);
    return DecoderModel.of(stack, choice.kernels(), options);
  }

  /// Lets the kernels copy the weights into the form that they multiply fastest, where memory holds
  /// them all: a model larger than that stays in its mapped file.
  private void prepare() {
    List<WeightMatrix> weights =
        model.stack().parameters().all().stream()
            .filter(parameter -> PREPARED.contains(parameter.role()))
            .map(Parameter::weight)
            .toList();
    long bytes = weights.stream().mapToLong(WeightMatrix::bytes).sum();
    if (KernelArguments.isSmall(checkpoint)
        || bytes < Machine.read().availableBytes() * SHARE_FOR_WEIGHTS) {
      choice.kernels().prepare(weights);
    }
  }

  /// Opens a model for one user to generate text with.
  static LocalModel open(ModelArguments arguments, KernelArguments compute) {
    LocalModel opened = new LocalModel(arguments, compute, Use.ONE, null);
    int context = opened.context(arguments);
    long blocks = opened.model.cacheLayout().blocks(context) + 1L;
    opened.start(
        EngineOptions.of(
            context,
            blocks * opened.model.cacheLayout().blockBytes(),
            System.nanoTime(),
            System::nanoTime));
    return opened;
  }

  /// Opens a model for many users: cache for `batch` sequences of half the context each, and on
  /// disk what shall survive a restart.
  static LocalModel openShared(
      ModelArguments arguments, KernelArguments compute, int batch, ServerConfig server) {
    LocalModel opened = new LocalModel(arguments, compute, Use.MANY, null);
    int context = opened.context(arguments);
    CacheLayout layout = opened.model.cacheLayout();
    long wanted = (long) Math.max(1, batch / 2) * layout.blocks(context) * layout.blockBytes();
    long least = (layout.blocks(context) + 1L) * layout.blockBytes();
    long memory = Math.max(least, Math.min(wanted, Machine.read().availableBytes() / 2));
    CacheOptions cache =
        new CacheOptions(
            memory,
            Optional.of(
                new DiskOptions(
                    server.dataFolder().resolve("prefix-cache"),
                    DISK_CACHE_BYTES,
                    opened.fingerprint())));
    opened.start(
        new EngineOptions(
            context,
            new BatchOptions(batch, 256, 1024),
            cache,
            true,
            System.nanoTime(),
            System::nanoTime));
    return opened;
  }

  /// Opens a model to answer `batch` questions at the same time, with cache for as many whole
  /// contexts as fit half of the free memory; drafts only where there is one question at a time.
  static LocalModel openBatched(ModelArguments arguments, KernelArguments compute, int batch) {
    LocalModel opened = new LocalModel(arguments, compute, batch == 1 ? Use.ONE : Use.MANY, null);
    int context = opened.context(arguments);
    CacheLayout layout = opened.model.cacheLayout();
    long one = (layout.blocks(context) + 1L) * layout.blockBytes();
    long memory = Math.max(one, Math.min(batch * one, Machine.read().availableBytes() / 2));
    opened.start(
        new EngineOptions(
            context,
            new BatchOptions(batch, 256, 1024),
            CacheOptions.memory(memory),
            batch == 1,
            0,
            System::nanoTime));
    return opened;
  }

  private int context(ModelArguments arguments) {
    if (arguments.context < 1) {
      throw new UsageException("--context: expected a positive number, found " + arguments.context);
    }
    return arguments.contextOf(model.config().maxPositions());
  }

  private void start(EngineOptions options) {
    engine = Engine.open(model, tokenizer(), options);
  }

  /// Tells one file of weights from another: path, size and time of change, and format of the
  /// cache.
  String fingerprint() {
    try {
      return "%s %d %s %s %s"
          .formatted(
              checkpoint.path().toRealPath(),
              Files.size(checkpoint.path()),
              Files.getLastModifiedTime(checkpoint.path()),
              model.cacheLayout(),
              choice.kernels().name());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Opens a model without tokenizer and engine, to compute with.
  static LocalModel openBare(ModelArguments arguments, KernelArguments compute) {
    return new LocalModel(arguments, compute, Use.BARE, null);
  }

  /// The same, with a clock beside the operations of its kernels.
  static LocalModel openTimed(
      ModelArguments arguments, KernelArguments compute, KernelClock clock) {
    return new LocalModel(arguments, compute, Use.BARE, clock);
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
    return choice.kernels();
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

  /// Lets the JVM compile what the first answer needs, where that counts: a large model waits for
  /// memory instead.
  Optional<WarmUp> warmUp() {
    return KernelArguments.isSmall(checkpoint)
        ? Optional.of(WarmUp.begin(engine()))
        : Optional.empty();
  }

  /// Milliseconds from opening the files to being ready.
  double loadMillis() {
    return loadMillis;
  }

  /// The directory's name, or the file's if the file is all there is.
  private String name() {
    Path path = checkpoint.path().toAbsolutePath().normalize();
    boolean file = checkpoint.format() == Checkpoint.Format.GGUF;
    return String.valueOf(file ? path.getFileName() : checkpoint.directory().getFileName());
  }

  /// One line: what was loaded, and what computes.
  String banner() {
    return "%s (%s, %s parameters), %d thread%s, ready in %.1f s; kernels %s"
        .formatted(
            name(),
            model.config().architecture().modelType(),
            Sizes.count((double) model.stack().parameters().count()),
            workers.threads(),
            workers.threads() == 1 ? "" : "s",
            loadMillis / 1000,
            choice.reason());
  }

  @Override
  public void close() {
    if (engine != null) {
      engine.close();
    } else {
      model.close();
    }
    copies.close();
    workers.close();
    checkpoint.close();
  }
}
