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

/// The real engine with a tiny model, for tests of the service as a whole.
final class EngineServer implements AutoCloseable {
  private final WorkerPool workers = new WorkerPool(1);
  private final Checkpoint checkpoint;
  private final Engine engine;

  private EngineServer(Path folder, Tokenizer tokenizer, int context) {
    checkpoint = Checkpoint.open(folder);
    DecoderModel model =
        DecoderModel.load(checkpoint, new ScalarKernels(workers), ModelOptions.defaults());
    EngineOptions options =
        new EngineOptions(
            context,
            EngineOptions.BatchOptions.DEFAULT,
            new EngineOptions.CacheOptions(64L << 20, Optional.empty()),
            false,
            42,
            System::nanoTime);
    engine = Engine.open(model, tokenizer, options);
  }

  private static Path model(String name) {
    return Path.of(System.getProperty("fathom.fixtures"), "models", name);
  }

  /// A model that adds numbers.
  static EngineServer adder() {
    Path folder = model("adder-v3");
    return new EngineServer(folder, Tokenizer.open(folder), 512);
  }

  /// A model of random weights, with the template of this folder of `fixtures/chat-templates`.
  static EngineServer random(String template) {
    return new EngineServer(model("deepseek-v3-tiny"), TestServer.tokenizer(template), 1536);
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
