package fathom.server.store;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// API keys with their balance and usage. Keys have 192 random bits, so one SHA-256 without salt
/// protects them as well as a slow hash would.
public final class AccountStore {
  private static final String COLUMNS = "SELECT id, name, balance, granted, revoked FROM api_keys ";
  private static final long DAY = 86_400_000L;
  private static final int KEY_BYTES = 24;

  private final Database database;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  /// @param database where the tables lie
  /// @param clock tells the day of a usage row
  public AccountStore(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /// A new key as it is shown this one time, and the account behind it.
  ///
  /// @param key the secret, `sk-…`
  /// @param account its account
  public record NewKey(String key, Account account) {
    @Override
    public String toString() {
      return "NewKey[account=" + account.id() + "]";
    }
  }

  /// Makes a key with a granted balance.
  public NewKey create(String name, BigDecimal balance) {
    byte[] bytes = new byte[KEY_BYTES];
    random.nextBytes(bytes);
    String key = "sk-" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    random.nextBytes(bytes);
    String id = "acct_" + HexFormat.of().formatHex(bytes, 0, 12);
    database.update(
        "creating a key",
        "INSERT INTO api_keys (id, key_hash, name, balance, granted, created, revoked) VALUES (?, ?, ?, ?, ?, ?, FALSE)",
        id,
        hash(key),
        name,
        balance,
        balance,
        clock.millis());
    return new NewKey(key, new Account(id, name, balance, balance, false));
  }

  /// The account of a key that may be used.
  public Optional<Account> authenticate(String key) {
    return database
        .first("reading a key", COLUMNS + "WHERE key_hash = ?", AccountStore::account, hash(key))
        .filter(account -> !account.revoked());
  }

  /// The account with this id.
  public Optional<Account> find(String id) {
    return database.first(
        "reading an account", COLUMNS + "WHERE id = ?", AccountStore::account, id);
  }

  /// All accounts, oldest first.
  public List<Account> list() {
    return database.query(
        "listing accounts", COLUMNS + "ORDER BY created, id", AccountStore::account);
  }

  /// Refuses the key from now on.
  ///
  /// @return whether there was such an account
  public boolean revoke(String id) {
    return database.update("revoking a key", "UPDATE api_keys SET revoked = TRUE WHERE id = ?", id)
        == 1;
  }

  /// Adds to the balance.
  ///
  /// @return whether there was such an account
  public boolean topUp(String id, BigDecimal amount) {
    return database.update(
            "topping up", "UPDATE api_keys SET balance = balance + ? WHERE id = ?", amount, id)
        == 1;
  }

  /// Takes the cost of one answer off the balance and adds it to the day's usage, in one
  /// transaction.
  public void charge(String id, BigDecimal cost, TokenCounts counts) {
    long day = Math.floorDiv(clock.millis(), DAY);
    database.inTransaction(
        "charging",
        connection -> {
          // Locking the account's row first keeps two first answers of a day from both inserting.
          Database.update(
              connection, "UPDATE api_keys SET balance = balance - ? WHERE id = ?", cost, id);
          int known =
              Database.update(
                  connection,
                  "UPDATE key_usage SET requests = requests + 1, hit_tokens = hit_tokens + ?, miss_tokens = miss_tokens + ?,"
                      + " completion_tokens = completion_tokens + ? WHERE key_id = ? AND usage_day = ?",
                  counts.hit(),
                  counts.miss(),
                  counts.completion(),
                  id,
                  day);
          if (known == 0) {
            Database.update(
                connection,
                "INSERT INTO key_usage (key_id, usage_day, requests, hit_tokens, miss_tokens, completion_tokens)"
                    + " VALUES (?, ?, 1, ?, ?, ?)",
                id,
                day,
                counts.hit(),
                counts.miss(),
                counts.completion());
          }
          return true;
        });
  }

  /// Everything an account ever consumed.
  public TokenCounts usage(String id) {
    return database
        .first(
            "reading usage",
            "SELECT COALESCE(SUM(hit_tokens), 0), COALESCE(SUM(miss_tokens), 0), COALESCE(SUM(completion_tokens), 0)"
                + " FROM key_usage WHERE key_id = ?",
            row -> new TokenCounts(row.getLong(1), row.getLong(2), row.getLong(3)),
            id)
        .orElse(new TokenCounts(0, 0, 0));
  }

  private static Account account(ResultSet row) throws SQLException {
    return new Account(
        row.getString(1),
        row.getString(2),
        row.getBigDecimal(3),
        row.getBigDecimal(4),
        row.getBoolean(5));
  }

  private static String hash(String key) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
