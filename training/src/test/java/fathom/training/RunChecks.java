package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/// What tests of all kinds of runs ask of them.
final class RunChecks {
  private static final List<String> CLOCKED =
      List.of("tokens_per_second", "model_flop_utilisation", "rollout_tokens_per_second");

  private RunChecks() {}

  /// The lines of the metrics without what depends on the clock.
  static List<ObjectNode> metrics(Path run) throws IOException {
    List<ObjectNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      ObjectNode node = MicroModel.json(line);
      CLOCKED.forEach(node::remove);
      lines.add(node);
    }
    return lines;
  }

  /// Same metrics, same samples, same weights, same state.
  static void assertSame(Path run, Path reference) throws IOException {
    assertThat(metrics(run)).isEqualTo(metrics(reference));
    for (String file :
        List.of(
            "samples.jsonl",
            "checkpoints/last/model.safetensors",
            "checkpoints/last/training/state.safetensors")) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(reference.resolve(file));
    }
  }

  /// Starts a program that trains in another process, and kills it some moments after it has begun
  /// to write, again and again.
  ///
  /// @param arguments of the program; the first one is the run
  /// @return how often it was still running when it was killed
  static int kill(Class<?> program, int times, long seed, String... arguments) throws Exception {
    Random random = new Random(seed);
    Path metrics = Path.of(arguments[0], "metrics.jsonl");
    int killed = 0;
    for (int i = 0; i < times; i++) {
      FileTime before = lastWritten(metrics);
      Process process = child(program, arguments);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (lastWritten(metrics).equals(before) && System.nanoTime() < end) {
        if (process.waitFor(2, TimeUnit.MILLISECONDS)) {
          break;
        }
      }
      process.waitFor(random.nextInt(400), TimeUnit.MILLISECONDS);
      killed += process.isAlive() ? 1 : 0;
      process.destroyForcibly().waitFor();
    }
    return killed;
  }

  private static FileTime lastWritten(Path file) throws IOException {
    return Files.exists(file) ? Files.getLastModifiedTime(file) : FileTime.fromMillis(0);
  }

  private static Process child(Class<?> program, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-Dfathom.fixtures=" + System.getProperty("fathom.fixtures"),
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
