package fathom.server;

import fathom.server.store.Conversation;
import fathom.server.store.StoredMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Conversations as files: JSON with every branch, Markdown with the branch that was shown last.
final class ConversationFiles {
  /// What a Markdown file marks its messages with; lines of a message that look alike get a
  /// backslash before them.
  private static final Pattern MARK =
      Pattern.compile("^<!-- fathom:(user|thinking|assistant) -->$", Pattern.MULTILINE);

  private static final Pattern LOOKALIKE =
      Pattern.compile("^(\\\\*<!-- fathom:)", Pattern.MULTILINE);
  private static final Pattern ESCAPED =
      Pattern.compile("^\\\\(\\\\*<!-- fathom:)", Pattern.MULTILINE);
  private static final int MOST_MESSAGES = 20_000;
  private static final int LONGEST_TITLE = 200;

  private ConversationFiles() {}

  /// A conversation that was read from a file, under new ids.
  record Imported(String title, String settings, List<StoredMessage> messages) {}

  /// The head for lists.
  static ObjectNode head(Conversation conversation) {
    return Json.object()
        .put("id", conversation.id())
        .put("title", conversation.title())
        .put("leaf", conversation.leaf())
        .put("created", conversation.created())
        .put("updated", conversation.updated());
  }

  /// Everything.
  static ObjectNode json(Conversation conversation, List<StoredMessage> messages) {
    ObjectNode node = head(conversation).put("format", "fathom-conversation").put("version", 1);
    node.set("settings", Json.parse(conversation.settings()));
    ArrayNode array = node.putArray("messages");
    messages.forEach(message -> array.add(json(message)));
    return node;
  }

  /// One message.
  static ObjectNode json(StoredMessage message) {
    ObjectNode node =
        Json.object()
            .put("id", message.id())
            .put("parent", message.parent())
            .put("role", message.role())
            .put("content", message.content())
            .put("reasoning", message.reasoning())
            .put("created", message.created());
    node.set("details", Json.parse(message.details()));
    return node;
  }

  /// The messages from the root to this one.
  static List<StoredMessage> branch(List<StoredMessage> messages, @Nullable String leaf) {
    Map<String, StoredMessage> byId = new HashMap<>();
    messages.forEach(message -> byId.put(message.id(), message));
    List<StoredMessage> branch = new ArrayList<>();
    String at = leaf;
    while (at != null && branch.size() <= messages.size()) {
      StoredMessage message = byId.get(at);
      if (message == null) {
        break;
      }
      branch.add(message);
      at = message.parent();
    }
    return branch.reversed();
  }

  /// The branch shown last, for people and for [#readMarkdown].
  static String markdown(Conversation conversation, List<StoredMessage> messages) {
    StringBuilder text =
        new StringBuilder("# ").append(conversation.title().replace('\n', ' ')).append("\n\n");
    for (StoredMessage message : branch(messages, conversation.leaf())) {
      if (!message.reasoning().isEmpty()) {
        section(text, "thinking", message.reasoning());
      }
      section(text, message.role(), message.content());
    }
    return text.toString();
  }

  private static void section(StringBuilder text, String kind, String content) {
    text.append("<!-- fathom:").append(kind).append(" -->\n");
    text.append(LOOKALIKE.matcher(content).replaceAll("\\\\$1")).append("\n\n");
  }

  /// Reads what [#markdown] writes.
  ///
  /// @throws ApiException 400 if there is no message in it
  static Imported readMarkdown(String text, long now) {
    Matcher matcher = MARK.matcher(text);
    List<StoredMessage> messages = new ArrayList<>();
    String title = text.startsWith("# ") ? text.substring(2, Math.max(2, text.indexOf('\n'))) : "";
    String reasoning = "";
    String parent = null;
    boolean found = matcher.find();
    while (found) {
      String kind = matcher.group(1);
      int from = Math.min(text.length(), matcher.end() + 1);
      found = matcher.find();
      String raw = text.substring(from, found ? Math.max(from, matcher.start()) : text.length());
      String content = ESCAPED.matcher(raw.replaceFirst("\\n\\n$", "")).replaceAll("$1");
      if (kind.equals("thinking")) {
        reasoning = content;
        continue;
      }
      String id = newId();
      messages.add(
          new StoredMessage(
              id, parent, kind, content, kind.equals("user") ? "" : reasoning, "{}", now));
      reasoning = "";
      parent = id;
    }
    if (messages.isEmpty() || messages.size() > MOST_MESSAGES) {
      throw ApiException.format(
          null, "Import: this Markdown file has no conversation of ours in it");
    }
    return new Imported(shortened(title), "{}", messages);
  }

  /// Reads what [#json] writes, one conversation or `{"conversations":[…]}`. Ids are given anew, so
  /// nothing can be overwritten.
  static List<Imported> readJson(Fields file, long now) {
    if (!file.has("conversations")) {
      return List.of(conversation(file, now));
    }
    return file.objects("conversations", 10_000).stream().map(c -> conversation(c, now)).toList();
  }

  private static Imported conversation(Fields file, long now) {
    Map<String, String> ids = new HashMap<>();
    List<StoredMessage> messages = new ArrayList<>();
    for (Fields fields : file.objects("messages", MOST_MESSAGES)) {
      String id = newId();
      String parent = fields.textOrNull("parent");
      String mapped = parent == null ? null : ids.get(parent);
      if (parent != null && mapped == null) {
        throw ApiException.format(
            fields.at("parent"),
            "Import: " + fields.at("parent") + ": no earlier message has this id");
      }
      ids.put(fields.text("id"), id);
      messages.add(
          new StoredMessage(
              id,
              mapped,
              fields.choice("role", "user", List.of("user", "assistant")),
              fields.text("content", ""),
              fields.text("reasoning", ""),
              Json.text(fields.object("details").map(Fields::node).orElseGet(Json::object)),
              fields.whole("created", now, 0, Long.MAX_VALUE)));
    }
    if (messages.isEmpty()) {
      throw ApiException.format(
          file.at("messages"),
          "Import: " + file.at("messages") + ": expected at least one message");
    }
    String settings = Json.text(file.object("settings").map(Fields::node).orElseGet(Json::object));
    return new Imported(shortened(file.text("title", "")), settings, messages);
  }

  /// A title that fits the list.
  static String shortened(String title) {
    String line = title.strip().replaceAll("\\s+", " ");
    if (line.isEmpty()) {
      return "New chat";
    }
    return line.codePointCount(0, line.length()) > LONGEST_TITLE
        ? line.substring(0, line.offsetByCodePoints(0, LONGEST_TITLE))
        : line;
  }

  static String newId() {
    return UUID.randomUUID().toString();
  }
}
