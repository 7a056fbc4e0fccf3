package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.server.store.AccountStore;
import fathom.server.store.ConversationStore;
import fathom.server.store.Database;
import fathom.server.store.StoredMessage;
import fathom.server.store.TokenCounts;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Kills a process in the middle of writing, as `kill -9` does, and looks at what is there.
class DurabilityTest {
  @TempDir private Path folder;

  /// The process that is killed: stores a message and charges an account, then says so, again and
  /// again.
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) {
      Database database = Database.openFile(Path.of(arguments[0]));
      ConversationStore conversations = new ConversationStore(database, Clock.systemUTC());
      AccountStore accounts = new AccountStore(database, Clock.systemUTC());
      String account = accounts.create("ann", new BigDecimal("1000")).account().id();
      conversations.create("c", "ann", "T", "{}");
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      out.println(account);
      for (int i = 0; ; i++) {
        conversations.append(
            "c",
            "ann",
            List.of(new StoredMessage("m" + i, null, "user", "text " + i, "", "{}", i)));
        accounts.charge(account, BigDecimal.ONE, new TokenCounts(0, 1, 1));
        out.println(i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 40})
  void losesNothingThatWasStored(int until) throws Exception {
    Path file = folder.resolve("db");
    Path said = folder.resolve("said");
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Writer.class.getName(),
                file.toString())
            .redirectOutput(said.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    while (writer.isAlive() && lines(said).size() < until + 2) {
      Thread.sleep(1);
    }
    writer.destroyForcibly().waitFor();
    String account = lines(said).getFirst();
    int last = Integer.parseInt(lines(said).getLast());
    try (Database database = Database.openFile(file)) {
      List<StoredMessage> messages =
          new ConversationStore(database, Clock.systemUTC()).messages("c", "ann");
      BigDecimal balance =
          new AccountStore(database, Clock.systemUTC()).find(account).orElseThrow().balance();
      assertThat(messages).hasSizeBetween(last + 1, last + 2);
      assertThat(new BigDecimal("1000").subtract(balance).intValueExact())
          .isBetween(last + 1, last + 2);
    }
  }

  /// The complete lines of a file that may still be growing.
  private static List<String> lines(Path file) throws IOException {
    String text = Files.readString(file);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }
}
