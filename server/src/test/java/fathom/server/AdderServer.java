package fathom.server;

import fathom.checkpoint.Checkpoint;
import fathom.generation.Engine;
import fathom.generation.EngineOptions;
import fathom.model.DecoderModel;
import fathom.model.ModelOptions;
import fathom.tensor.ScalarKernels;
import fathom.tensor.WorkerPool;
import fathom.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;

/// The real engine with the tiny model that adds numbers, for tests of the service as a whole.
final class AdderServer implements AutoCloseable {
  private final WorkerPool workers = new WorkerPool(1);
  private final Checkpoint checkpoint;
  private final Engine engine;

  private AdderServer(Optional<Path> cache) {
    Path folder = Path.of(System.getProperty("fathom.fixtures"), "models", "adder-v3");
    checkpoint = Checkpoint.open(folder);
    DecoderModel model =
        DecoderModel.load(checkpoint, new ScalarKernels(workers), ModelOptions.defaults());
    EngineOptions.CacheOptions blocks =
        new EngineOptions.CacheOptions(
            64L << 20, cache.map(path -> new EngineOptions.DiskOptions(path, 64L << 20, "adder")));
    EngineOptions options =
        new EngineOptions(
            512, EngineOptions.BatchOptions.DEFAULT, blocks, false, 42, System::nanoTime);
    engine = Engine.open(model, Tokenizer.open(folder), options);
  }

  /// An engine that keeps its cache in memory.
  static AdderServer open() {
    return new AdderServer(Optional.empty());
  }

  ReplySource source() {
    return new EngineReplies(engine);
  }

  @Override
  public void close() {
    engine.close();
    checkpoint.close();
    workers.close();
  }
}
