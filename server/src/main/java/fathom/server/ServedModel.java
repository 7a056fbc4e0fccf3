package fathom.server;

import fathom.generation.CallBeginning;
import fathom.generation.Grammar;
import fathom.generation.ToolCallStyle;
import fathom.generation.UnsupportedSchemaException;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.ChatOptions;
import fathom.tokenizer.ChatTemplate;
import fathom.tokenizer.ChatTemplateException;
import fathom.tokenizer.Role;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// The model behind the service: its names, what its template can do, and conversations rendered
/// for it.
final class ServedModel {
  /// The names under which DeepSeek's own service offered answers without and with reasoning.
  static final String CHAT = "deepseek-chat";

  static final String REASONER = "deepseek-reasoner";

  private final ReplySource source;
  private final ChatTemplate template;
  private final ModelCard card;
  private final List<String> aliases;
  private final ForgeryGuard guard;
  private final TemplateTraits traits;

  private ServedModel(
      ReplySource source, TemplateTraits traits, ModelCard card, List<String> aliases) {
    this.source = source;
    this.template = source.tokenizer().chatTemplate().orElseThrow();
    this.card = card;
    this.aliases = aliases;
    this.guard = ForgeryGuard.of(source.tokenizer());
    this.traits = traits;
  }

  /// Finds out what a model can do from its template and its vocabulary.
  ///
  /// @param id the name to serve it under
  /// @param created epoch seconds
  static ServedModel of(String id, long created, ReplySource source, List<String> aliases) {
    ChatTemplate template =
        source
            .tokenizer()
            .chatTemplate()
            .orElseThrow(
                () -> new InvalidConfigException("model " + id + ": it has no chat template"));
    TemplateTraits traits = TemplateTraits.of(template);
    boolean fim =
        List.of("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>").stream()
            .allMatch(token -> source.tokenizer().id(token).isPresent());
    ModelCard card =
        new ModelCard(
            id, created, source.contextTokens(), traits.thinking(), traits.earlierReasoning(), fim);
    return new ServedModel(source, traits, card, aliases);
  }

  ModelCard card() {
    return card;
  }

  ReplySource source() {
    return source;
  }

  /// Whether the model answers to this name.
  boolean isNamed(String name) {
    return name.equals(card.id())
        || name.equals(CHAT)
        || name.equals(REASONER)
        || aliases.contains(name);
  }

  /// Every name, its own first.
  List<String> names() {
    return Stream.concat(Stream.of(card.id(), CHAT, REASONER), aliases.stream())
        .distinct()
        .toList();
  }

  /// Whether an answer will contain reasoning, given the name that was asked for and what the
  /// request says about it.
  boolean thinks(String name, Optional<Boolean> asked) {
    return switch (card.thinking()) {
      case NEVER -> false;
      case ALWAYS -> true;
      case SWITCHABLE -> asked.orElse(!name.equals(CHAT));
    };
  }

  /// A conversation as token ids, ready to be continued.
  ///
  /// @param ids the prompt
  /// @param insideReasoning whether the continuation begins in the middle of the reasoning
  @SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
  record Prompt(int[] ids, boolean insideReasoning) {}

  /// Renders a conversation. A last assistant message marked as prefix is continued, not answered.
  ///
  /// @throws ApiException 400 if the template refuses the conversation
  Prompt render(List<ChatMessage> messages, ToolUse tools, boolean thinking) {
    ChatOptions options =
        ChatOptions.answer().withThinking(thinking).withTools(tools.forTemplate());
    ChatMessage last = messages.getLast();
    boolean continues = last.role() == Role.ASSISTANT && last.prefix();
    List<ChatMessage> before = continues ? messages.subList(0, messages.size() - 1) : messages;
    List<ChatMessage> safe = guard.protect(before);
    if (!tools.definitions().isEmpty() && !traits.describesTools()) {
      safe = ToolInstructions.add(safe, tools.definitions(), traits.style());
    }
    String text;
    try {
      text = template.render(safe, options);
    } catch (ChatTemplateException e) {
      throw ApiException.format(
          "messages", "Invalid Format: the model's chat template refuses: " + e.getMessage());
    }
    boolean inside = text.stripTrailing().endsWith("<think>");
    if (continues) {
      text += continuation(last, text, inside);
      inside = inside && last.content().isEmpty();
    }
    return new Prompt(guard.encode(text), inside);
  }

  /// What a prefix adds to the opened turn. R1's form breaks lines around the tags, V3.1's doesn't.
  private static String continuation(ChatMessage last, String text, boolean inside) {
    if (!inside) {
      return last.content();
    }
    if (last.content().isEmpty()) {
      return last.reasoning();
    }
    boolean lines = text.endsWith("\n");
    return last.reasoning() + (lines ? "\n</think>\n\n" : "</think>") + last.content();
  }

  /// What an answer must match. Where functions may be called beside a form for the answer, it is
  /// one or the other.
  Optional<Grammar> grammar(Optional<Grammar> format, ToolUse tools) {
    Optional<ToolCallStyle> style = traits.style();
    if (format.isEmpty() || style.isEmpty() || !tools.optional()) {
      return format;
    }
    return Optional.of(
        Grammar.anyOf(
            List.of(
                format.get(),
                Grammar.toolCalls(style.get(), tools.schemas(), ToolUse.MOST_CALLS))));
  }

  /// How calls go on once the model begins one, where functions are strict.
  ///
  /// @throws ApiException 400 if a grammar can't keep a schema, or calls of this model at all
  List<CallBeginning> callBeginnings(ToolUse tools) {
    if (!tools.optional() || tools.strict().isEmpty()) {
      return List.of();
    }
    List<CallBeginning> beginnings;
    try {
      beginnings =
          traits
              .style()
              .map(style -> style.beginnings(tools.schemas(), ToolUse.MOST_CALLS))
              .orElse(List.of());
    } catch (UnsupportedSchemaException e) {
      throw ApiException.format("tools", "Invalid tools: " + e.getMessage());
    }
    if (beginnings.stream().noneMatch(b -> source.tokenizer().id(b.marker()).isPresent())) {
      throw ApiException.format(
          "tools",
          "Invalid tools: calls of this model can't be held to a strict schema; leave 'strict' out, or force the call with tool_choice");
    }
    return beginnings;
  }

  /// The prompt of a plain completion.
  int[] plain(String text) {
    return source.tokenizer().encodePrompt(text);
  }

  /// The prompt that asks for what stands between two texts.
  ///
  /// @throws ApiException 400 if the model has no tokens for that
  int[] fillInMiddle(String prefix, String suffix) {
    if (!card.fillsInMiddle()) {
      throw ApiException.format("suffix", "The model " + card.id() + " can't fill in the middle");
    }
    String text =
        "<｜fim▁begin｜>"
            + guard.protect(prefix)
            + "<｜fim▁hole｜>"
            + guard.protect(suffix)
            + "<｜fim▁end｜>";
    int[] ids = guard.encode(text);
    var bos = source.tokenizer().specialTokens().bos();
    if (bos.isEmpty()) {
      return ids;
    }
    int[] all = new int[ids.length + 1];
    all[0] = bos.getAsInt();
    System.arraycopy(ids, 0, all, 1, ids.length);
    return all;
  }

  /// A short mark of the model and its set-up, stable over restarts (`system_fingerprint`).
  String fingerprint() {
    return "fp_" + String.format(Locale.ROOT, "%08x", (card.id() + template.source()).hashCode());
  }
}
