package fathom.model;

import fathom.checkpoint.Checkpoint;
import fathom.checkpoint.TensorEntry;
import fathom.tensor.Matrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The golden values of one folder of fixtures: a JSON file and a safetensors file.
record Golden(JsonNode json, Checkpoint tensors) implements AutoCloseable {
  static final Path FIXTURES = Path.of(System.getProperty("fathom.fixtures"));

  static Golden ofModel(String model) {
    Path folder = FIXTURES.resolve("models").resolve(model);
    return open(folder.resolve("golden.json"), folder.resolve("golden.safetensors"));
  }

  static Golden open(Path json, Path tensors) {
    return new Golden(json(json), Checkpoint.open(tensors));
  }

  static JsonNode json(Path file) {
    try {
      return JsonMapper.shared().readTree(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }

  int[] prompt(String name) {
    return ints(json.at("/prompts/" + name + "/ids"));
  }

  int[] greedy(String name) {
    return ints(json.get("greedy").get(name));
  }

  boolean has(String name) {
    return tensors.contains(name);
  }

  Matrix matrix(String name) {
    return tensors.floats(name);
  }

  int[] intTensor(String name) {
    TensorEntry entry = tensors.tensor(name);
    return entry.segment().toArray(ValueLayout.JAVA_INT_UNALIGNED);
  }

  @Override
  public void close() {
    tensors.close();
  }
}
