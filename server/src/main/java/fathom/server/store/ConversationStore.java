package fathom.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The chat page's conversations. Every method takes the owner, and nobody reaches another owner's
/// rows.
public final class ConversationStore {
  private static final String HEAD =
      "SELECT id, title, settings, leaf, created, updated FROM conversations ";
  private static final String OWNED = "id = ? AND owner = ?";

  private final Database database;
  private final Clock clock;

  /// @param database where the tables lie
  /// @param clock dates rows
  public ConversationStore(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /// Starts a conversation.
  public Conversation create(String id, String owner, String title, String settings) {
    long now = clock.millis();
    database.update(
        "creating a conversation",
        "INSERT INTO conversations (id, owner, title, settings, leaf, created, updated) VALUES (?, ?, ?, ?, NULL, ?, ?)",
        id,
        owner,
        title,
        settings,
        now,
        now);
    return new Conversation(id, title, settings, null, now, now);
  }

  /// Conversations whose title or messages contain the words, latest first.
  ///
  /// @param words what to look for, empty = all
  /// @param before only those last changed before this time, for paging
  /// @param limit at most so many
  public List<Conversation> list(String owner, String words, long before, int limit) {
    String pattern = "%" + escaped(words.toLowerCase(Locale.ROOT)) + "%";
    return database.query(
        "listing conversations",
        HEAD
            + """
            WHERE owner = ? AND updated < ? AND (LOWER(title) LIKE ? ESCAPE '!' OR EXISTS (
              SELECT 1 FROM messages m WHERE m.conversation_id = conversations.id AND LOWER(m.content) LIKE ? ESCAPE '!'))
            ORDER BY updated DESC, id LIMIT ?""",
        ConversationStore::conversation,
        owner,
        before,
        pattern,
        pattern,
        limit);
  }

  /// One conversation.
  public Optional<Conversation> find(String id, String owner) {
    return database.first(
        "reading a conversation",
        HEAD + "WHERE " + OWNED,
        ConversationStore::conversation,
        id,
        owner);
  }

  /// Its messages in the order in which they were added.
  public List<StoredMessage> messages(String id, String owner) {
    return database.query(
        "reading messages",
        "SELECT id, parent, role, content, reasoning, details, created FROM messages WHERE conversation_id ="
            + " (SELECT id FROM conversations WHERE "
            + OWNED
            + ") ORDER BY sequence",
        ConversationStore::message,
        id,
        owner);
  }

  /// Gives it another title; the order of the list stays.
  public boolean rename(String id, String owner, String title) {
    return database.update(
            "renaming a conversation",
            "UPDATE conversations SET title = ? WHERE " + OWNED,
            title,
            id,
            owner)
        == 1;
  }

  /// Replaces the page's settings.
  public boolean configure(String id, String owner, String settings) {
    return database.update(
            "changing a conversation",
            "UPDATE conversations SET settings = ? WHERE " + OWNED,
            settings,
            id,
            owner)
        == 1;
  }

  /// Remembers which branch was shown last.
  public boolean select(String id, String owner, String leaf) {
    return database.update(
            "selecting a branch",
            "UPDATE conversations SET leaf = ? WHERE "
                + OWNED
                + " AND EXISTS (SELECT 1 FROM messages m WHERE m.id = ? AND m.conversation_id = conversations.id)",
            leaf,
            id,
            owner,
            leaf)
        == 1;
  }

  /// Adds messages at the end of a branch in one transaction; the last one becomes the selected
  /// leaf.
  ///
  /// @return whether there was such a conversation
  public boolean append(String id, String owner, List<StoredMessage> messages) {
    long now = clock.millis();
    return database.inTransaction(
        "adding messages",
        connection -> {
          String leaf = messages.getLast().id();
          int found =
              Database.update(
                  connection,
                  "UPDATE conversations SET leaf = ?, updated = ? WHERE " + OWNED,
                  leaf,
                  now,
                  id,
                  owner);
          if (found == 0) {
            return false;
          }
          for (StoredMessage message : messages) {
            Database.update(
                connection,
                "INSERT INTO messages (id, conversation_id, parent, sequence, role, content, reasoning, details, created)"
                    + " VALUES (?, ?, ?, (SELECT COALESCE(MAX(o.sequence), 0) + 1 FROM messages o WHERE o.conversation_id = ?),"
                    + " ?, ?, ?, ?, ?)",
                message.id(),
                id,
                message.parent(),
                id,
                message.role(),
                message.content(),
                message.reasoning(),
                message.details(),
                message.created());
          }
          return true;
        });
  }

  /// Replaces what a message says, while an answer grows.
  public boolean rewrite(StoredMessage message) {
    return database.update(
            "storing an answer",
            "UPDATE messages SET content = ?, reasoning = ?, details = ? WHERE id = ?",
            message.content(),
            message.reasoning(),
            message.details(),
            message.id())
        == 1;
  }

  /// Deletes a conversation with all its messages.
  public boolean delete(String id, String owner) {
    return database.inTransaction(
        "deleting a conversation",
        connection -> {
          Database.update(
              connection,
              "DELETE FROM messages WHERE conversation_id = (SELECT id FROM conversations WHERE "
                  + OWNED
                  + ")",
              id,
              owner);
          return Database.update(connection, "DELETE FROM conversations WHERE " + OWNED, id, owner)
              == 1;
        });
  }

  /// Deletes everything the owner ever kept.
  ///
  /// @return how many conversations there were
  public int deleteAll(String owner) {
    return database.inTransaction(
        "deleting all conversations",
        connection -> {
          Database.update(
              connection,
              "DELETE FROM messages WHERE conversation_id IN (SELECT id FROM conversations WHERE owner = ?)",
              owner);
          return Database.update(connection, "DELETE FROM conversations WHERE owner = ?", owner);
        });
  }

  private static Conversation conversation(ResultSet row) throws SQLException {
    @Nullable String leaf = row.getString(4);
    return new Conversation(
        row.getString(1), row.getString(2), row.getString(3), leaf, row.getLong(5), row.getLong(6));
  }

  private static StoredMessage message(ResultSet row) throws SQLException {
    @Nullable String parent = row.getString(2);
    return new StoredMessage(
        row.getString(1),
        parent,
        row.getString(3),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        row.getLong(7));
  }

  private static String escaped(String words) {
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_");
  }
}
