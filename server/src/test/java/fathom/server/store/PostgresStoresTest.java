package fathom.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Everything that the stores promise, on PostgreSQL.
class PostgresStoresTest extends StoresTest {
  private static PostgresServer server;
  private static int databases;
  private String url = "";

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> programs = PostgresServer.programs();
    assumeTrue(programs.isPresent(), "skipped: PostgreSQL is not installed");
    server = PostgresServer.start(programs.get());
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.stop();
    }
  }

  @Override
  Database openDatabase() {
    if (url.isEmpty()) {
      try {
        url = server.create("test" + databases++);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    return Database.open(url, "fathom", "");
  }

  @Override
  String everythingStored() throws Exception {
    StringBuilder all = new StringBuilder();
    try (Connection connection = DriverManager.getConnection(url, "fathom", "");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM api_keys")) {
      while (rows.next()) {
        for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
          all.append(rows.getString(column)).append('\n');
        }
      }
    }
    return all.toString();
  }

  @Test
  void goesOnAfterTheDatabaseServerCrashed() throws Exception {
    String address = server.create("crashing");
    try (Database database = Database.open(address, "fathom", "")) {
      AccountStore accounts = new AccountStore(database, Clock.systemUTC());
      String id = accounts.create("ann", new BigDecimal("10")).account().id();
      accounts.charge(id, BigDecimal.ONE, new TokenCounts(0, 1, 1));
      server.crash();
      // The first statement on each old connection may fail; a failed connection isn't used again.
      for (int i = 0; i < 16 && !database.isAlive(); i++) {
        Thread.sleep(20);
      }
      assertThat(database.isAlive()).isTrue();
      assertThat(accounts.find(id).orElseThrow().balance()).isEqualByComparingTo("9");
    }
  }
}
