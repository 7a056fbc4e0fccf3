package fathom.server.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// A small pool of connections to one database, and the few shapes of statement that the stores
/// need. Every change is a transaction that is on disk before the method returns (H2's
/// `WRITE_DELAY` is 0), so a killed process loses nothing.
public final class Database implements AutoCloseable {
  private static final int CONNECTIONS = 8;

  private static final List<String> TABLES =
      List.of(
          """
          CREATE TABLE IF NOT EXISTS api_keys (
            id VARCHAR(40) PRIMARY KEY, key_hash VARCHAR(64) NOT NULL UNIQUE, name VARCHAR(200) NOT NULL,
            balance DECIMAL(24, 12) NOT NULL, granted DECIMAL(24, 12) NOT NULL, created BIGINT NOT NULL,
            revoked BOOLEAN NOT NULL)""",
          """
          CREATE TABLE IF NOT EXISTS key_usage (
            key_id VARCHAR(40) NOT NULL, usage_day BIGINT NOT NULL, requests BIGINT NOT NULL,
            hit_tokens BIGINT NOT NULL, miss_tokens BIGINT NOT NULL, completion_tokens BIGINT NOT NULL,
            PRIMARY KEY (key_id, usage_day))""",
          """
          CREATE TABLE IF NOT EXISTS conversations (
            id VARCHAR(40) PRIMARY KEY, owner VARCHAR(40) NOT NULL, title VARCHAR(400) NOT NULL,
            settings TEXT NOT NULL, leaf VARCHAR(40), created BIGINT NOT NULL, updated BIGINT NOT NULL)""",
          "CREATE INDEX IF NOT EXISTS conversations_of_owner ON conversations (owner, updated)",
          """
          CREATE TABLE IF NOT EXISTS messages (
            id VARCHAR(40) PRIMARY KEY, conversation_id VARCHAR(40) NOT NULL, parent VARCHAR(40),
            sequence BIGINT NOT NULL, role VARCHAR(20) NOT NULL, content TEXT NOT NULL, reasoning TEXT NOT NULL,
            details TEXT NOT NULL, created BIGINT NOT NULL)""",
          "CREATE INDEX IF NOT EXISTS messages_of_conversation ON messages (conversation_id, sequence)");

  private final String url;
  private final @Nullable String user;
  private final @Nullable String password;
  private final BlockingQueue<Slot> slots = new ArrayBlockingQueue<>(CONNECTIONS);

  /// Reads one row.
  @FunctionalInterface
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /// Several statements that succeed or fail together.
  @FunctionalInterface
  interface Transaction<T> {
    T run(Connection connection) throws SQLException;
  }

  private static final class Slot {
    private @Nullable Connection connection;
  }

  private Database(String url, @Nullable String user, @Nullable String password) {
    this.url = url;
    this.user = user;
    this.password = password;
    for (int i = 0; i < CONNECTIONS; i++) {
      slots.add(new Slot());
    }
  }

  /// Opens an H2 file and creates missing tables.
  ///
  /// @throws StoreException if the file can't be opened, for example because another server has it
  ///   open
  public static Database openFile(Path file) {
    return open(
        "jdbc:h2:file:"
            + file.toAbsolutePath()
            + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;DB_CLOSE_DELAY=-1",
        "fathom",
        "");
  }

  /// Opens any H2 or PostgreSQL database and creates missing tables.
  ///
  /// @throws StoreException if the database can't be reached
  public static Database open(String url, @Nullable String user, @Nullable String password) {
    Database database = new Database(url, user, password);
    database.inTransaction(
        "creating tables",
        connection -> {
          try (Statement statement = connection.createStatement()) {
            for (String table : TABLES) {
              statement.execute(table);
            }
          }
          return true;
        });
    return database;
  }

  /// Whether a statement can be run at present.
  public boolean isAlive() {
    try {
      return query("checking", "SELECT 1", row -> true).size() == 1;
    } catch (StoreException e) {
      return false;
    }
  }

  <T> T inTransaction(String what, Transaction<T> transaction) {
    Slot slot = take();
    try {
      Connection connection = connection(slot);
      boolean done = false;
      try {
        T result = transaction.run(connection);
        connection.commit();
        done = true;
        return result;
      } finally {
        if (!done) {
          discard(slot);
        }
      }
    } catch (SQLException e) {
      throw new StoreException("database: " + what + ": " + e.getMessage(), e);
    } finally {
      slots.add(slot);
    }
  }

  <T> List<T> query(String what, String sql, RowReader<T> reader, @Nullable Object... values) {
    return inTransaction(
        what,
        connection -> {
          try (PreparedStatement statement = prepare(connection, sql, values);
              ResultSet rows = statement.executeQuery()) {
            List<T> all = new ArrayList<>();
            while (rows.next()) {
              all.add(reader.read(rows));
            }
            return all;
          }
        });
  }

  <T> Optional<T> first(String what, String sql, RowReader<T> reader, @Nullable Object... values) {
    return query(what, sql, reader, values).stream().findFirst();
  }

  int update(String what, String sql, @Nullable Object... values) {
    return inTransaction(what, connection -> update(connection, sql, values));
  }

  static int update(Connection connection, String sql, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, values)) {
      return statement.executeUpdate();
    }
  }

  private static PreparedStatement prepare(
      Connection connection, String sql, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      @Nullable Object value = values[i];
      statement.setObject(i + 1, value instanceof String text ? storable(text) : value);
    }
    return statement;
  }

  /// PostgreSQL takes neither the character 0 nor half a surrogate pair; a mark stands in their
  /// place, in every database alike.
  private static String storable(String text) {
    boolean clean = text.codePoints().noneMatch(Database::unstorable);
    return clean
        ? text
        : text.codePoints()
            .map(c -> unstorable(c) ? 0xFFFD : c)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
  }

  private static boolean unstorable(int codePoint) {
    return codePoint == 0
        || (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE);
  }

  private Connection connection(Slot slot) throws SQLException {
    Connection connection = slot.connection;
    if (connection == null || connection.isClosed()) {
      connection = DriverManager.getConnection(url, user, password);
      connection.setAutoCommit(false);
      slot.connection = connection;
    }
    return connection;
  }

  /// A connection on which something failed isn't trusted again.
  private static void discard(Slot slot) {
    Connection connection = slot.connection;
    slot.connection = null;
    if (connection != null) {
      try (connection) {
        if (!connection.isClosed()) {
          connection.rollback();
        }
      } catch (SQLException e) {
        // The transaction is gone either way; the failure that led here is the one to report.
      }
    }
  }

  private Slot take() {
    try {
      return slots.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("database: interrupted while waiting for a connection", e);
    }
  }

  /// Closes the connections; an H2 file is then closed as well.
  @Override
  public void close() {
    if (url.startsWith("jdbc:h2:")) {
      Slot slot = take();
      try (Statement statement = connection(slot).createStatement()) {
        statement.execute("SHUTDOWN");
      } catch (SQLException e) {
        // The file was closed or lost before; it is recovered when it is opened again.
      } finally {
        discard(slot);
        slots.add(slot);
      }
    }
    for (int i = 0; i < CONNECTIONS; i++) {
      discard(take());
    }
  }
}
