package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeysCommandTest {
  @TempDir private Path folder;

  private CommandRun keys(Object... more) {
    Object[] all = new Object[more.length + 3];
    all[0] = "keys";
    all[1] = "--set";
    all[2] = "data-folder=" + folder;
    System.arraycopy(more, 0, all, 3, more.length);
    return CommandRun.of(all);
  }

  @Test
  void aKeyIsShownOnceAndNeverStored() throws IOException {
    CommandRun made = keys("--create", "alice", "--balance", "10");
    assertThat(made.exitCode()).as(made.err()).isZero();
    List<String> words =
        made.out().strip().lines().flatMap(line -> Stream.of(line.split("\\s+", -1))).toList();
    assertThat(keys("--list").out())
        .contains(words.getFirst(), "alice", "10")
        .doesNotContain(words.getLast());
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(words.getLast());
      }
    }
  }

  @Test
  void topsUpAndRevokes() {
    String id = keys("--create", "bob", "--balance", "1").out().replaceFirst("(?s)\\s.*", "");
    assertThat(keys("--top-up", id, "--balance", "2.5").exitCode()).isZero();
    assertThat(keys("--list").out()).contains("3.5");
    assertThat(keys("--revoke", id).exitCode()).isZero();
    assertThat(keys("--list").out()).contains("revoked");
  }

  @Test
  void saysThatThereIsNoSuchAccount() {
    CommandRun run = keys("--top-up", "nobody", "--balance", "1");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("nobody");
    assertThat(keys().exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("keys", "--set", "no.such=1", "--list").exitCode()).isNotZero();
  }
}
