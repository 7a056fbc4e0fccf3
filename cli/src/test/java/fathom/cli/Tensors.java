package fathom.cli;

import fathom.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Opens a lone safetensors file, as a model's directory of its own.
final class Tensors {
  private Tensors() {}

  static Checkpoint open(Path file, Path folder) throws IOException {
    Path directory = Files.createTempDirectory(folder, "tensors");
    Files.copy(file, directory.resolve("model.safetensors"), StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(directory.resolve("config.json"), "{}");
    return Checkpoint.open(directory);
  }
}
