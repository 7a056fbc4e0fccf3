package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Thousands of broken files of each kind, all of them tried to the last tensor, in 256 MB: the
/// answer is either a model or a [MalformedCheckpointException].
@Timeout(120)
class BrokenFilesTest {
  private static final int FILES = 10_000;
  private static final int CUTS = 1_000;

  @TempDir Path directory;

  private int refused;

  @BeforeEach
  void writeModels() throws IOException {
    TinyModels.writeSafetensors(directory.resolve("model.safetensors"));
    TinyModels.writeGguf(directory.resolve("model.gguf"));
    Files.copy(
        Fixtures.MODELS.resolve("deepseek-v3-tiny-fp8/config.json"),
        directory.resolve("config.json"));
    Files.writeString(
        directory.resolve("x.safetensors.index.json"),
        """
        {"metadata": {"total_size": 1234},
         "weight_map": {"model.embed_tokens.weight": "model.safetensors",
                        "model.norm.weight": "model.safetensors",
                        "q.weight": "model.safetensors", "q.weight_scale_inv": "model.safetensors"}}
        """);
  }

  /// Breaks `file` in many ways and opens `opened` each time.
  private void tryAll(String file, Path opened, long seed) throws IOException {
    Path path = directory.resolve(file);
    byte[] original = Files.readAllBytes(path);
    readEverything(opened);
    Mutator mutator = new Mutator(seed);
    for (int i = 0; i < FILES - CUTS; i++) {
      Mutator.replace(path, mutator.mutate(original));
      attempt(opened, "seed %d, file %d".formatted(seed, i));
    }
    for (int i = 0; i < CUTS; i++) {
      // Every byte of a short file, spread evenly over a longer one.
      int length = (int) ((long) i * original.length / CUTS);
      Mutator.replace(path, Arrays.copyOf(original, length));
      attempt(opened, "cut to %d bytes".formatted(length));
    }
  }

  private void attempt(Path opened, String which) {
    try {
      readEverything(opened);
    } catch (MalformedCheckpointException e) {
      refused++;
      assertThat(e.getMessage()).hasSizeLessThan(1200).doesNotContain("\n");
    } catch (Throwable e) {
      fail(which, e);
    }
  }

  private static void readEverything(Path path) {
    // Closing a shared arena stops all threads, which takes longer than reading such a small file.
    try (Arena arena = Arena.ofConfined()) {
      Checkpoint checkpoint = Checkpoint.open(path, arena);
      for (TensorEntry tensor : checkpoint.tensors().values()) {
        switch (tensor.shape().rank()) {
          case 1 -> checkpoint.floats(tensor.name());
          case 2 -> checkpoint.weight(tensor.name());
          case 3 -> checkpoint.slices(tensor.name());
          default -> assertThat(tensor.segment().byteSize()).isNotNegative();
        }
      }
      checkpoint.config();
    }
  }

  @Test
  void safetensors() throws IOException {
    tryAll("model.safetensors", directory.resolve("model.safetensors"), 1);
    assertThat(refused).isGreaterThan(FILES / 2);
  }

  @Test
  void shardIndex() throws IOException {
    Path index = directory.resolve("x.safetensors.index.json");
    tryAll(index.getFileName().toString(), index, 2);
    assertThat(refused).isGreaterThan(FILES / 2);
  }

  @Test
  void gguf() throws IOException {
    tryAll("model.gguf", directory.resolve("model.gguf"), 3);
    assertThat(refused).isGreaterThan(FILES / 2);
  }

  @Test
  void config() throws IOException {
    tryAll("config.json", directory.resolve("model.safetensors"), 4);
    assertThat(refused).isGreaterThan(FILES / 4);
  }
}
