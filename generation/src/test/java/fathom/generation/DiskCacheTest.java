package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCacheTest {
  @TempDir private Path directory;

  private Engine open(long maxBytes, String fingerprint) {
    EngineOptions.DiskOptions disk =
        new EngineOptions.DiskOptions(directory, maxBytes, fingerprint);
    return open(disk);
  }

  private static Engine open(EngineOptions.DiskOptions disk) {
    EngineOptions.CacheOptions cache =
        new EngineOptions.CacheOptions(64 * HashModel.blockBytes(), Optional.of(disk));
    EngineOptions options =
        new EngineOptions(
            2048, EngineOptions.BatchOptions.DEFAULT, cache, true, 1, System::nanoTime);
    return Engine.open(new HashModel(), Engines.tokenizer(), options);
  }

  private Engine open() {
    return open(1L << 30, "model");
  }

  private static GenerationResult run(Engine engine, int seed) {
    return Engines.run(engine, Engines.greedy(Fixtures.prompt(seed, 1000), 5));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(path -> path.toString().endsWith(".block")).sorted().toList();
    }
  }

  @Test
  void aRestartFindsWhatWasComputed() {
    int[] first;
    try (Engine engine = open()) {
      first = run(engine, 1).ids();
    }
    try (Engine engine = open()) {
      GenerationResult second = run(engine, 1);
      assertThat(second.usage().cacheHitTokens()).isEqualTo(960);
      assertThat(second.ids()).isEqualTo(first);
      assertThat(engine.statistics().tokens().diskHits()).isEqualTo(960);
    }
  }

  @Test
  void otherWeightsAndOtherUsersFindNothing() {
    try (Engine engine = open()) {
      run(engine, 1);
    }
    try (Engine engine = open(1L << 30, "other")) {
      assertThat(run(engine, 1).usage().cacheHitTokens()).isZero();
    }
    try (Engine engine = open()) {
      GenerationRequest request =
          GenerationRequest.builder(Fixtures.prompt(1, 1000)).user("somebody").build();
      GenerationHandle handle = engine.submit(request, token -> {});
      handle.cancel();
      assertThat(handle.await().usage().cacheHitTokens()).isZero();
    }
  }

  @Test
  void damagedFilesAreDroppedAndNotServed() throws IOException {
    int[] first;
    try (Engine engine = open()) {
      first = run(engine, 1).ids();
    }
    Random random = new Random(4);
    List<Path> files = files();
    assertThat(files).hasSize(15);
    for (Path file : files) {
      damage(file, random);
    }
    try (Engine engine = open()) {
      GenerationResult result = run(engine, 1);
      assertThat(result.ids()).isEqualTo(first);
      assertThat(result.usage().cacheHitTokens()).isZero();
    }
    try (Engine engine = open()) {
      assertThat(run(engine, 1).usage().cacheHitTokens()).isEqualTo(960);
    }
  }

  private static void damage(Path path, Random random) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      if (random.nextInt(3) == 0) {
        file.setLength(random.nextLong(file.length()));
      } else {
        long place = random.nextLong(file.length());
        file.seek(place);
        int value = file.read();
        file.seek(place);
        file.write(value ^ (1 << random.nextInt(8)));
      }
    }
  }

  @Test
  void aFileUnderAnothersNameIsNotServed() throws IOException {
    int[] first;
    try (Engine engine = open()) {
      first = run(engine, 1).ids();
      run(engine, 2);
    }
    List<Path> files = files();
    byte[] content = Files.readAllBytes(files.getFirst());
    for (Path file : files) {
      Files.write(file, content);
    }
    try (Engine engine = open()) {
      assertThat(run(engine, 1).ids()).isEqualTo(first);
    }
  }

  @Test
  void theFilesStayWithinTheirBound() throws IOException {
    long bound = 20 * (HashModel.blockBytes() + 64);
    try (Engine engine = open(bound, "model")) {
      for (int seed = 0; seed < 4; seed++) {
        run(engine, seed);
      }
    }
    assertThat(files()).hasSize(20);
    try (Engine engine = open(bound / 2, "model")) {
      assertThat(engine.statistics().blocks().diskBytes()).isLessThanOrEqualTo(bound / 2);
      // Those used last are still there, but a text's beginning is older than its end.
      assertThat(files()).hasSize(10);
    }
  }

  @Test
  void clearingRemovesTheFiles() throws IOException {
    try (Engine engine = open()) {
      run(engine, 1);
      engine.clearPrefixCache();
      assertThat(run(engine, 1).usage().cacheHitTokens()).isZero();
      engine.clearPrefixCache();
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void twoEnginesDoNotShareADirectory() {
    try (Engine engine = open()) {
      assertThat(engine.options().cache().disk()).isPresent();
      assertThatThrownBy(this::open)
          .isInstanceOf(GenerationException.class)
          .hasMessageContaining("is in use");
    }
  }

  @Test
  void aDirectoryThatCannotBeMadeIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "x");
    EngineOptions.DiskOptions disk = new EngineOptions.DiskOptions(file, 1L << 30, "model");
    assertThatThrownBy(() -> open(disk))
        .isInstanceOf(GenerationException.class)
        .hasMessageContaining("can't be used");
  }

  @Test
  void aKilledProcessLeavesOnlyWholeBlocksBehind() throws Exception {
    Random random = new Random(8);
    for (int round = 0; round < 3; round++) {
      Process child = child();
      try (BufferedReader output =
          new BufferedReader(
              new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
        for (int lines = 2 + random.nextInt(6); lines > 0; lines--) {
          assertThat(output.readLine()).isEqualTo("answered");
        }
        Thread.sleep(random.nextInt(20));
        child.destroyForcibly().waitFor();
      }
      try (Engine engine = open()) {
        for (int seed = 0; seed < 2; seed++) {
          GenerationResult result = run(engine, seed);
          assertThat(result.ids())
              .isEqualTo(EngineTest.naiveGreedy(Fixtures.prompt(seed, 1000), 5));
        }
        assertThat(engine.statistics().tokens().diskHits()).isGreaterThanOrEqualTo(960);
      }
    }
  }

  private Process child() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--add-modules=jdk.incubator.vector");
    command.add("-Dfathom.fixtures=" + System.getProperty("fathom.fixtures"));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(KilledChild.class.getName());
    command.add(directory.toString());
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /// Answers one prompt after the other until it is killed.
  static final class KilledChild {
    public static void main(String[] arguments) {
      EngineOptions.DiskOptions disk =
          new EngineOptions.DiskOptions(Path.of(arguments[0]), 1L << 30, "model");
      try (Engine engine = open(disk)) {
        for (int seed = 0; seed < 1000; seed++) {
          run(engine, seed);
          System.out.println("answered");
        }
      }
    }
  }
}
