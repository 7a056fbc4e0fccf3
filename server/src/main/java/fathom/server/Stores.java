package fathom.server;

import fathom.server.store.AccountStore;
import fathom.server.store.ConversationStore;
import fathom.server.store.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Clock;

/// The database with its two stores.
///
/// @param database where the rows lie
/// @param accounts keys, balances and usage
/// @param conversations the chat page's conversations
public record Stores(Database database, AccountStore accounts, ConversationStore conversations)
    implements AutoCloseable {

  /// Opens what the configuration names.
  ///
  /// @throws fathom.server.store.StoreException if the database can't be opened
  public static Stores open(ServerConfig config, Clock clock) {
    Database database = openDatabase(config);
    return new Stores(
        database, new AccountStore(database, clock), new ConversationStore(database, clock));
  }

  private static Database openDatabase(ServerConfig config) {
    DatabaseConfig named = config.database();
    if (!named.url().isEmpty()) {
      return Database.open(named.url(), named.user(), named.password());
    }
    try {
      Files.createDirectories(config.dataFolder());
    } catch (IOException e) {
      throw new UncheckedIOException("data-folder: can't create " + config.dataFolder(), e);
    }
    return Database.openFile(config.dataFolder().resolve("fathom"));
  }

  @Override
  public void close() {
    database.close();
  }
}
