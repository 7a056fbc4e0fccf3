package fathom.checkpoint;

import fathom.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// Turns a checkpoint into another format, or other formats of its numbers: Hugging Face directory
/// to GGUF and back, or each to its own kind. Tensors are streamed; a model larger than memory
/// converts in a few megabytes.
///
/// The result does not depend on the number of worker threads.
public final class Converter {
  private final ConversionOptions options;
  private final TokenizerExchange tokenizer;
  private final Workers workers;
  private final ConversionProgress progress;

  /// A converter; `progress` is called on the thread that converts.
  public Converter(
      ConversionOptions options,
      TokenizerExchange tokenizer,
      Workers workers,
      ConversionProgress progress) {
    this.options = options;
    this.tokenizer = tokenizer;
    this.workers = workers;
    this.progress = progress;
  }

  /// Converts what [Checkpoint#open] opens at `input` to `output`: a file if its name ends in
  /// `.gguf`, otherwise a directory, which is made if need be.
  ///
  /// @throws MalformedCheckpointException if the input is broken or lacks what the output needs
  /// @throws IllegalArgumentException if the output cannot have the format asked for
  /// @throws CheckpointWriteException if the output cannot be written
  public void convert(Path input, Path output) {
    boolean toGguf = output.toString().endsWith(".gguf");
    if (!toGguf && Files.isDirectory(input) && isSame(input, output)) {
      throw new IllegalArgumentException(
          "output: expected another directory than the input, found " + output);
    }
    if (!toGguf && options.mix().isQuantized()) {
      throw new IllegalArgumentException(
          "type: expected one of %s for a directory of safetensors, found %s"
              .formatted(QuantizationMix.plain(), options.mix()));
    }
    try (Checkpoint source = Checkpoint.open(input)) {
      boolean fromGguf = source.format() == Checkpoint.Format.GGUF;
      if (toGguf && fromGguf) {
        requantize(source, output);
      } else if (toGguf) {
        writeGguf(source, output);
      } else {
        writeDirectory(source, output);
      }
    }
  }

  private static boolean isSame(Path input, Path output) {
    try {
      return Files.exists(output) && Files.isSameFile(input, output);
    } catch (IOException e) {
      throw new CheckpointWriteException(output, e);
    }
  }

  private void writeGguf(Checkpoint source, Path output) {
    GgufPlan plan = new GgufPlan(source, source.config(), options);
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", GgufValue.of(plan.architecture()));
    metadata.put("general.type", GgufValue.of("model"));
    metadata.putAll(DirectoryConfig.sampling(source.directory()));
    metadata.put("general.name", GgufValue.of(String.valueOf(source.directory().getFileName())));
    metadata.putAll(plan.metadata());
    putFileType(metadata);
    tokenizer
        .toGguf(source.directory(), plan.vocabularySize())
        .forEach((key, value) -> metadata.put(key, GgufValue.ofJava(value)));
    List<TensorSpec> specs = specs(plan.tensors());
    write(GgufWriter.create(output, metadata, specs), plan.tensors());
  }

  private void requantize(Checkpoint source, Path output) {
    GgufRequantization plan = new GgufRequantization(source, options.mix());
    Map<String, GgufValue> metadata = new LinkedHashMap<>(source.metadata().orElseThrow().values());
    metadata.keySet().removeIf(key -> key.startsWith("split."));
    putFileType(metadata);
    List<TensorSpec> specs = specs(plan.tensors());
    write(GgufWriter.create(output, metadata, specs), plan.tensors());
  }

  private void putFileType(Map<String, GgufValue> metadata) {
    metadata.put("general.file_type", GgufValue.of(options.mix().fileType()));
    metadata.put("general.quantization_version", GgufValue.of(2));
  }

  private void writeDirectory(Checkpoint source, Path output) {
    ObjectNode config = source.config();
    HuggingFacePlan plan = new HuggingFacePlan(source, config, options);
    try {
      Files.createDirectories(output);
      if (source.format() == Checkpoint.Format.GGUF) {
        GgufMetadata metadata = source.metadata().orElseThrow();
        DirectoryConfig.writeGeneration(metadata, output);
        tokenizer.toHuggingFace(metadata.toJava(), output);
      } else {
        copyOtherFiles(source.directory(), output);
      }
    } catch (IOException e) {
      throw new CheckpointWriteException(output, e);
    }
    DirectoryConfig.adapt(config, plan.tensors(), options);
    PartialFile.writeWhole(output.resolve("config.json"), StrictJson.write(config));
    List<TensorSpec> specs = RowCopier.written(plan.tensors());
    write(ShardedSafetensorsWriter.create(output, specs, options.maxShardBytes()), plan.tensors());
  }

  /// Tokenizer, templates, generation settings: whatever is neither weights nor `config.json`.
  private static void copyOtherFiles(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        boolean model = name.contains(".safetensors") || name.endsWith(".gguf");
        if (!model
            && !name.equals("config.json")
            && name.matches(".*\\.(json|jinja|txt|model|md)")) {
          Files.copy(file, to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  private static List<TensorSpec> specs(List<PlannedTensor> tensors) {
    return tensors.stream().map(PlannedTensor::spec).toList();
  }

  private void write(TensorWriter writer, List<PlannedTensor> tensors) {
    long total = RowCopier.written(tensors).stream().mapToLong(TensorSpec::bytes).sum();
    try (writer) {
      RowCopier copier = new RowCopier(writer, workers, progress, total);
      for (PlannedTensor tensor : tensors) {
        copier.copy(tensor.spec(), tensor.rows());
      }
      writer.finish();
    }
  }
}
