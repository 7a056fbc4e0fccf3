package fathom.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// The commands of a chat, which begin with a slash.
final class SlashCommands {
  private static final String HELP =
      """
      /help                 this list
      /clear                begins a new conversation
      /think on|off         asks the model to think, or not to
      /think show|fold      shows thinking dimmed, or as one line that counts
      /think last           shows what was thought before the last answer
      /system [TEXT]        shows, or sets, the system prompt (- for none)
      /params [NAME VALUE]  shows, or sets: temperature, top-k, top-p, min-p, max-tokens, seed,
                            repetition-penalty, thinking-budget
      /save FILE            saves the conversation as JSON
      /load FILE            goes on with a saved one
      /stats                tokens and speeds so far
      /exit                 leaves (as Ctrl-D does)
      Input: a line that ends with \\ goes on; so does text between two lines of \"\"\".""";

  private final ChatLoop chat;
  private final PrintWriter out;

  SlashCommands(ChatLoop chat) {
    this.chat = chat;
    this.out = chat.out();
  }

  /// Runs one command; false if the chat is to end.
  boolean run(String input) {
    String[] words = input.split("\\s+", 2);
    String argument = words.length > 1 ? words[1].strip() : "";
    try {
      switch (words[0].toLowerCase(Locale.ROOT)) {
        case "/help" -> out.println(HELP);
        case "/clear" -> clear();
        case "/think" -> think(argument);
        case "/system" -> system(argument);
        case "/params" -> params(argument);
        case "/save" -> save(argument);
        case "/load" -> load(argument);
        case "/stats" -> out.println(chat.statistics());
        case "/exit", "/quit", "/bye" -> {
          return false;
        }
        default -> out.println("! No command " + words[0] + "; /help lists them.");
      }
    } catch (IOException | UsageException e) {
      out.println("! " + Failures.sentence(e));
    }
    return true;
  }

  private void clear() {
    chat.conversation().clear();
    out.println("A new conversation.");
  }

  private void think(String argument) {
    switch (argument) {
      case "on" -> chat.conversation().setThinking(true);
      case "off" -> chat.conversation().setThinking(false);
      case "show" -> chat.setFolded(false);
      case "fold" -> chat.setFolded(true);
      case "last" -> out.println(chat.lastReasoning());
      case "" -> {}
      default ->
          throw new UsageException("expected on, off, show, fold or last, found " + argument);
    }
    if (!argument.equals("last")) {
      out.printf(
          "thinking %s, %s%n",
          chat.conversation().thinking() ? "on" : "off", chat.folded() ? "folded" : "shown");
    }
  }

  private void system(String argument) {
    if (!argument.isEmpty()) {
      chat.conversation().setSystem(argument.equals("-") ? "" : argument);
    }
    String system = chat.conversation().system();
    out.println(system.isEmpty() ? "(no system prompt)" : system);
  }

  private void params(String argument) {
    if (!argument.isEmpty()) {
      String[] pair = argument.split("\\s+", 2);
      if (pair.length < 2) {
        throw new UsageException("expected a name and a value, found " + argument);
      }
      ChatParameters.set(chat.sampling(), pair[0], pair[1]);
    }
    out.println(ChatParameters.describe(chat.sampling()));
  }

  private void save(String argument) throws IOException {
    Path file = file(argument);
    chat.conversation().save(file);
    out.printf("Saved %d questions to %s.%n", chat.conversation().questions(), file);
  }

  private void load(String argument) throws IOException {
    Path file = file(argument);
    chat.conversation().load(file);
    out.printf("Loaded %d questions from %s.%n", chat.conversation().questions(), file);
  }

  private static Path file(String argument) {
    return Optional.of(argument)
        .filter(name -> !name.isEmpty())
        .map(Path::of)
        .orElseThrow(() -> new UsageException("expected a file name"));
  }
}
