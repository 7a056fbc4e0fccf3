package fathom.cli;

import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.ChatOptions;
import fathom.tokenizer.ChatTemplate;
import fathom.tokenizer.Role;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What has been said in a terminal chat: messages in order, the system prompt, and whether the
/// model is asked to think. Can be saved to and loaded from a JSON file.
final class Conversation {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long MAX_FILE_BYTES = 64 << 20;

  private final List<ChatMessage> turns = new ArrayList<>();
  private String system = "";
  private boolean thinking = true;

  List<ChatMessage> turns() {
    return turns;
  }

  String system() {
    return system;
  }

  void setSystem(String text) {
    system = text;
  }

  boolean thinking() {
    return thinking;
  }

  void setThinking(boolean value) {
    thinking = value;
  }

  void clear() {
    turns.clear();
  }

  void add(ChatMessage message) {
    turns.add(message);
  }

  /// Takes back a question that got no answer.
  void removeLast() {
    turns.removeLast();
  }

  /// The ids that the model goes on from, with the opening of its answer.
  int[] render(Tokenizer tokenizer) {
    List<ChatMessage> messages = new ArrayList<>();
    if (!system.isEmpty()) {
      messages.add(ChatMessage.system(system));
    }
    messages.addAll(turns);
    ChatTemplate template = Chats.template(tokenizer);
    ChatOptions options = ChatOptions.answer().withThinking(thinking);
    return tokenizer.encode(template.render(messages, options));
  }

  /// Writes everything to a JSON file, beside it first, so that an older file is never half lost.
  void save(Path file) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("system", system);
    root.put("thinking", thinking);
    ArrayNode array = root.putArray("messages");
    for (ChatMessage turn : turns) {
      ObjectNode node = array.addObject();
      node.put("role", turn.role().name().toLowerCase(Locale.ROOT));
      node.put("content", turn.content());
      if (!turn.reasoning().isEmpty()) {
        node.put("reasoning_content", turn.reasoning());
      }
    }
    Path beside = file.resolveSibling(file.getFileName() + ".part");
    Files.write(beside, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
    Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Replaces everything by what a file has; on any fault nothing changes.
  void load(Path file) throws IOException {
    if (Files.size(file) > MAX_FILE_BYTES) {
      throw new UsageException(file + ": expected at most " + Sizes.bytes(MAX_FILE_BYTES));
    }
    JsonNode root;
    try {
      root = JSON.readTree(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new UsageException(file + ": expected JSON, found " + e.getOriginalMessage());
    }
    List<ChatMessage> loaded = new ArrayList<>();
    for (JsonNode node : root.path("messages")) {
      loaded.add(message(file, node));
    }
    if (!root.path("messages").isArray()) {
      throw new UsageException(file + ": expected an array \"messages\", found none");
    }
    turns.clear();
    turns.addAll(loaded);
    system = root.path("system").asString("");
    thinking = root.path("thinking").asBoolean(true);
  }

  private static ChatMessage message(Path file, JsonNode node) {
    String content = node.path("content").asString("");
    return switch (node.path("role").asString("")) {
      case "user" -> ChatMessage.user(content);
      case "assistant" ->
          ChatMessage.assistant(node.path("reasoning_content").asString(""), content);
      case "system" -> ChatMessage.system(content);
      default ->
          throw new UsageException(
              "%s: expected role user, assistant or system, found %s"
                  .formatted(file, node.path("role")));
    };
  }

  /// Turns of the user so far.
  long questions() {
    return turns.stream().filter(turn -> turn.role() == Role.USER).count();
  }
}
