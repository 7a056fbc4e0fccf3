package fathom.generation;

import fathom.checkpoint.Checkpoint;
import fathom.model.DecoderModel;
import fathom.model.ModelOptions;
import fathom.tensor.VectorKernels;
import fathom.tensor.Workers;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An engine on one of the small models of the fixtures.
record RealModels(Checkpoint checkpoint, Engine engine) implements AutoCloseable {
  static RealModels open(String name, int maxSequences) {
    Path directory = Fixtures.path("models/" + name);
    Checkpoint checkpoint = Checkpoint.open(directory);
    DecoderModel model =
        DecoderModel.load(checkpoint, new VectorKernels(Workers.serial()), ModelOptions.defaults());
    EngineOptions options =
        new EngineOptions(
            512,
            new EngineOptions.BatchOptions(maxSequences, 128, 1000),
            new EngineOptions.CacheOptions(64L << 20, Optional.empty()),
            true,
            1,
            System::nanoTime);
    return new RealModels(checkpoint, Engine.open(model, Tokenizer.open(directory), options));
  }

  static JsonNode golden(String name) {
    Path file = Fixtures.path("models/" + name + "/golden.json");
    try {
      return JsonMapper.shared().readTree(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int[] ids(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::intValue).toArray();
  }

  @Override
  public void close() {
    engine.close();
    checkpoint.close();
  }
}
