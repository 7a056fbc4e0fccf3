package fathom.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoresTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochSecond(1_800_000_000), ZoneOffset.UTC);

  @TempDir private Path folder;
  private Database database;
  private AccountStore accounts;
  private ConversationStore conversations;

  /// Opens the database of this test, which the first time is empty.
  Database openDatabase() {
    return Database.openFile(folder.resolve("db"));
  }

  /// Everything that the database keeps, as far as it can be looked for a key.
  String everythingStored() throws Exception {
    database.close();
    String file =
        Files.readString(folder.resolve("db.mv.db"), java.nio.charset.StandardCharsets.ISO_8859_1);
    open();
    return file;
  }

  @BeforeEach
  void open() {
    database = openDatabase();
    accounts = new AccountStore(database, CLOCK);
    conversations = new ConversationStore(database, CLOCK);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static StoredMessage message(String id, String parent, String content) {
    return new StoredMessage(id, parent, "user", content, "", "{}", 1);
  }

  @Test
  void knowsAKeyAgainAndNothingLikeIt() {
    AccountStore.NewKey made = accounts.create("ann", new BigDecimal("5"));
    assertThat(made.key()).matches("sk-[A-Za-z0-9_-]{32}");
    assertThat(accounts.authenticate(made.key())).get().extracting(Account::name).isEqualTo("ann");
    assertThat(accounts.authenticate(made.key() + "x")).isEmpty();
    assertThat(accounts.authenticate("' OR 1=1 --")).isEmpty();
  }

  @Test
  void neverStoresAKey() throws Exception {
    AccountStore.NewKey made = accounts.create("ann", BigDecimal.ONE);
    assertThat(everythingStored())
        .contains(made.account().id())
        .doesNotContain(made.key())
        .doesNotContain(made.key().substring(3));
  }

  @Test
  void refusesARevokedKey() {
    AccountStore.NewKey made = accounts.create("ann", BigDecimal.ONE);
    assertThat(accounts.revoke(made.account().id())).isTrue();
    assertThat(accounts.authenticate(made.key())).isEmpty();
    assertThat(accounts.revoke("nobody")).isFalse();
  }

  @Test
  void chargesExactlyFromManyThreads() throws Exception {
    String id = accounts.create("ann", new BigDecimal("10")).account().id();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int n = 0; n < 10; n++) {
                      accounts.charge(id, new BigDecimal("0.0000001"), new TokenCounts(1, 2, 3));
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(accounts.find(id).orElseThrow().balance()).isEqualByComparingTo("9.999992");
    assertThat(accounts.usage(id)).isEqualTo(new TokenCounts(80, 160, 240));
  }

  @Test
  void topsUp() {
    String id = accounts.create("ann", BigDecimal.ONE).account().id();
    assertThat(accounts.topUp(id, new BigDecimal("2.50"))).isTrue();
    assertThat(accounts.find(id).orElseThrow().balance()).isEqualByComparingTo("3.50");
    assertThat(accounts.list()).hasSize(1);
  }

  @Test
  void keepsMessagesInTheirOrder() {
    conversations.create("c", "ann", "T", "{}");
    conversations.append("c", "ann", List.of(message("1", null, "one"), message("2", "1", "two")));
    conversations.append("c", "ann", List.of(message("3", "2", "three")));
    assertThat(conversations.messages("c", "ann"))
        .extracting(StoredMessage::content)
        .containsExactly("one", "two", "three");
    assertThat(conversations.find("c", "ann").orElseThrow().leaf()).isEqualTo("3");
  }

  @Test
  void keepsOwnersApart() {
    conversations.create("c", "ann", "Secret", "{}");
    conversations.append("c", "ann", List.of(message("1", null, "whisper")));
    assertThat(conversations.find("c", "bob")).isEmpty();
    assertThat(conversations.messages("c", "bob")).isEmpty();
    assertThat(conversations.list("bob", "", Long.MAX_VALUE, 10)).isEmpty();
    assertThat(conversations.append("c", "bob", List.of(message("2", null, "x")))).isFalse();
    assertThat(conversations.rename("c", "bob", "mine")).isFalse();
    assertThat(conversations.delete("c", "bob")).isFalse();
    assertThat(conversations.select("c", "bob", "1")).isFalse();
    assertThat(conversations.deleteAll("bob")).isZero();
    assertThat(conversations.messages("c", "ann")).hasSize(1);
  }

  @Test
  void findsWordsInTitlesAndMessagesAndTakesWildcardsLiterally() {
    conversations.create("c", "ann", "100% Whale", "{}");
    conversations.create("d", "ann", "Other", "{}");
    conversations.append("d", "ann", List.of(message("1", null, "deep Sea")));
    assertThat(conversations.list("ann", "whale", Long.MAX_VALUE, 10))
        .extracting(Conversation::id)
        .containsExactly("c");
    assertThat(conversations.list("ann", "SEA", Long.MAX_VALUE, 10))
        .extracting(Conversation::id)
        .containsExactly("d");
    assertThat(conversations.list("ann", "0%", Long.MAX_VALUE, 10)).hasSize(1);
    assertThat(conversations.list("ann", "_", Long.MAX_VALUE, 10)).isEmpty();
    assertThat(conversations.list("ann", "'; DROP TABLE messages; --", Long.MAX_VALUE, 10))
        .isEmpty();
  }

  @Test
  void selectsOnlyItsOwnMessages() {
    conversations.create("c", "ann", "T", "{}");
    conversations.append("c", "ann", List.of(message("1", null, "x")));
    conversations.create("d", "ann", "U", "{}");
    assertThat(conversations.select("d", "ann", "1")).isFalse();
    assertThat(conversations.select("c", "ann", "1")).isTrue();
  }

  @Test
  void deletesMessagesWithTheirConversation() {
    conversations.create("c", "ann", "T", "{}");
    conversations.append("c", "ann", List.of(message("1", null, "x")));
    assertThat(conversations.delete("c", "ann")).isTrue();
    conversations.create("c", "ann", "T", "{}");
    assertThat(conversations.messages("c", "ann")).isEmpty();
  }

  @Test
  void isThereAgainAfterReopening() {
    conversations.create("c", "ann", "深海", "{}");
    database.close();
    open();
    assertThat(conversations.find("c", "ann").orElseThrow().title()).isEqualTo("深海");
    assertThat(database.isAlive()).isTrue();
  }

  @Test
  void keepsTextsOfAnyKindWithMarksForWhatNoDatabaseTakes() {
    conversations.create("c", "ann", "a\0b", "{}");
    conversations.append("c", "ann", List.of(message("1", null, "x\ud800y 🐳 \0'\"\\")));
    assertThat(conversations.find("c", "ann").orElseThrow().title()).isEqualTo("a\ufffdb");
    assertThat(conversations.messages("c", "ann").getFirst().content())
        .isEqualTo("x\ufffdy 🐳 \ufffd'\"\\");
  }

  @Test
  void addsAllMessagesOrNone() {
    conversations.create("c", "ann", "T", "{}");
    List<StoredMessage> twice = List.of(message("1", null, "x"), message("1", null, "y"));
    assertThatThrownBy(() -> conversations.append("c", "ann", twice))
        .isInstanceOf(StoreException.class);
    assertThat(conversations.messages("c", "ann")).isEmpty();
    assertThat(conversations.find("c", "ann").orElseThrow().leaf()).isNull();
  }

  @Test
  void refusesADatabaseThatIsNone() throws Exception {
    Files.writeString(
        folder.resolve("broken.mv.db"), "this is no database, only a file of that name");
    assertThatThrownBy(() -> Database.openFile(folder.resolve("broken")))
        .isInstanceOf(StoreException.class);
  }
}
