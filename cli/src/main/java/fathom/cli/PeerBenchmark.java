package fathom.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Another engine that `bench` measures alternately with Fathom: a folder with a `package.json` and
/// a `bench.mjs` that takes model, prompt tokens, generated tokens, threads, repeats and depth, and
/// prints one JSON object with `pp` and `tg`, tokens a second of prefill and decode.
final class PeerBenchmark {
  private static final long INSTALL_MINUTES = 10;
  private static final long RUN_MINUTES = 30;
  private static final List<String> FILES = List.of("package.json", "bench.mjs");

  private final Path scratch;

  private PeerBenchmark(Path scratch) {
    this.scratch = scratch;
  }

  /// Tokens a second.
  record Speed(double prefill, double decode) {}

  /// Copies the folder to a scratch place, where its packages are installed once, without running
  /// their scripts.
  static PeerBenchmark install(Path folder, Path scratch) throws IOException, InterruptedException {
    Files.createDirectories(scratch);
    for (String name : FILES) {
      if (!Files.isReadable(folder.resolve(name))) {
        throw new UsageException(folder + ": expected a " + name + ", found none");
      }
      Files.copy(folder.resolve(name), scratch.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
    if (!Files.isDirectory(scratch.resolve("node_modules"))) {
      run(scratch, INSTALL_MINUTES, List.of("npm", "install", "--ignore-scripts", "--no-audit"));
    }
    return new PeerBenchmark(scratch);
  }

  /// Measures the peer once.
  Speed measure(Path model, ModelMeasurement.Load load) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("node", "bench.mjs"));
    command.add(model.toAbsolutePath().toString());
    command.add(String.valueOf(load.promptTokens()));
    command.add(String.valueOf(load.generateTokens()));
    command.add(String.valueOf(load.threads()));
    command.add("1");
    command.add(String.valueOf(load.depth()));
    String output = run(scratch, RUN_MINUTES, command);
    try {
      JsonNode result = new JsonMapper().readTree(output.substring(output.indexOf('{')));
      return new Speed(result.path("pp").asDouble(), result.path("tg").asDouble());
    } catch (JacksonException | IndexOutOfBoundsException e) {
      throw new IOException("peer: expected one JSON object, found " + output.strip(), e);
    }
  }

  private static String run(Path directory, long minutes, List<String> command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (InputStream output = process.getInputStream()) {
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(minutes, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new IOException(
            "peer: %s ended with %s".formatted(String.join(" ", command), process));
      }
      return text;
    } finally {
      process.destroyForcibly();
    }
  }
}
