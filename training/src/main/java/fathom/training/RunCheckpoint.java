package fathom.training;

import fathom.checkpoint.SafetensorsFile;
import fathom.checkpoint.SafetensorsWriter;
import fathom.checkpoint.ShardedSafetensorsWriter;
import fathom.checkpoint.TensorEntry;
import fathom.checkpoint.TensorSpec;
import fathom.checkpoint.TensorWriter;
import fathom.model.Parameter;
import fathom.tensor.DType;
import fathom.tensor.Matrix;
import fathom.tensor.Shape;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A checkpoint of a run: the weights as a Hugging Face directory, in float32, for these are the
/// very numbers that the run goes on with, and in `training/` the other tensors and the state.
final class RunCheckpoint {
  private static final String TENSORS = "state.safetensors";
  private static final String STATE = "state.json";

  private RunCheckpoint() {}

  /// Writes all files of a checkpoint into a directory, `state.json` last.
  static void write(
      Path directory,
      TrainedModel model,
      Tokenizer tokenizer,
      Map<String, Matrix> tensors,
      RunState state)
      throws IOException {
    Path training = Files.createDirectories(directory.resolve(RunDirectory.TRAINING));
    tokenizer.save(directory);
    writeConfig(directory, model);
    List<TensorSpec> specs =
        model.published().stream()
            .map(p -> new TensorSpec(p.name(), DType.F32, p.shape()))
            .toList();
    try (TensorWriter writer =
        ShardedSafetensorsWriter.create(
            directory, specs, ShardedSafetensorsWriter.DEFAULT_SHARD_BYTES)) {
      for (Parameter parameter : model.published()) {
        writer.write(parameter.name(), bytes(model.merged(parameter)));
      }
      writer.finish();
    }
    writeTensors(training.resolve(TENSORS), tensors);
    AtomicFiles.write(training.resolve(STATE), state.toJson());
  }

  private static void writeConfig(Path directory, TrainedModel model) throws IOException {
    ObjectNode tree = model.tree().deepCopy();
    tree.put("torch_dtype", "float32");
    tree.remove("quantization_config");
    Files.write(
        directory.resolve("config.json"),
        new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(tree));
  }

  private static void writeTensors(Path file, Map<String, Matrix> tensors) {
    List<TensorSpec> specs =
        tensors.entrySet().stream().map(e -> spec(e.getKey(), e.getValue())).toList();
    try (TensorWriter writer = SafetensorsWriter.create(file, specs, SafetensorsWriter.PYTORCH)) {
      tensors.forEach((name, matrix) -> writer.write(name, bytes(matrix)));
      writer.finish();
    }
  }

  private static TensorSpec spec(String name, Matrix matrix) {
    return new TensorSpec(name, DType.F32, Shape.of(matrix.rows(), matrix.columns()));
  }

  private static MemorySegment bytes(Matrix matrix) {
    return matrix.segment().asSlice(0, (long) matrix.rows() * matrix.columns() * Float.BYTES);
  }

  /// The state that a checkpoint was written with.
  static RunState readState(Path directory) {
    Path file = directory.resolve(RunDirectory.TRAINING).resolve(STATE);
    return RunState.of(RecipeJson.read(file), file);
  }

  /// Fills `tensors` from a checkpoint.
  ///
  /// @throws RecipeException if one is missing or has another size
  static void readTensors(Path directory, Map<String, Matrix> tensors) {
    Path path = directory.resolve(RunDirectory.TRAINING).resolve(TENSORS);
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsFile file = SafetensorsFile.open(path, arena);
      tensors.forEach(
          (name, matrix) -> {
            TensorEntry entry = file.tensors().get(name);
            MemorySegment target = bytes(matrix);
            if (entry == null || entry.segment().byteSize() != target.byteSize()) {
              throw new RecipeException(
                  path.toString(),
                  "expected %s with %d bytes".formatted(name, target.byteSize()),
                  entry == null ? "none" : entry.segment().byteSize() + "");
            }
            target.copyFrom(entry.segment());
          });
    }
  }
}
