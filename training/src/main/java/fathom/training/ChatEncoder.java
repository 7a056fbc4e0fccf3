package fathom.training;

import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.ChatOptions;
import fathom.tokenizer.ChatTemplate;
import fathom.tokenizer.Role;
import fathom.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Conversations as the model's chat template has them, cut exactly as in use: what stands before
/// an answer is the template's text with the opening of the assistant's turn, and what is learned
/// is all that the model writes after it, thinking block and end token included.
///
/// The opening may have the `<think>` in it (R1), may have an empty thinking block (V3.1 when not
/// thinking), or nothing of the kind; the answer begins accordingly.
final class ChatEncoder {
  private static final String OPEN = "<think>";
  private static final String CLOSE = "</think>";
  private static final String PROBE = "fathom";

  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final int end;

  /// @throws RecipeException if the tokenizer has no chat template, or no token ends an answer
  ChatEncoder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    template =
        tokenizer
            .chatTemplate()
            .orElseThrow(
                () ->
                    new RecipeException(
                        "tokenizer", "expected a chat template (chat_template.jinja)", "none"));
    end = end();
  }

  /// The token that ends an answer: the first one after it, in the template's transcript, at which
  /// generation stops; without one, the end of sequence.
  private int end() {
    String text =
        template.render(
            List.of(ChatMessage.user(PROBE), ChatMessage.assistant(PROBE)),
            ChatOptions.transcript());
    String after = text.substring(text.lastIndexOf(PROBE) + PROBE.length());
    for (int id : tokenizer.encode(after)) {
      if (tokenizer.specialTokens().isStop(id)) {
        return id;
      }
    }
    return tokenizer
        .specialTokens()
        .eos()
        .orElseThrow(
            () -> new RecipeException("tokenizer", "expected an end-of-sequence token", "none"));
  }

  /// The text that the model is given before its answer.
  String prompt(List<ChatMessage> messages, boolean thinking) {
    return template.render(messages, ChatOptions.answer().withThinking(thinking));
  }

  /// What the model is to write after a prompt, without the end token.
  static String completion(String prompt, String reasoning, String content) {
    String inside = prompt.stripTrailing();
    if (inside.endsWith(OPEN)) {
      // R1 ends with a line's end and sets its thinking on lines of its own; V3.1 does not.
      boolean lines = prompt.length() > inside.length();
      String close = lines ? "\n" + CLOSE + "\n\n" : CLOSE;
      if (reasoning.isEmpty() && content.startsWith(OPEN)) {
        return content.substring(OPEN.length()).stripLeading();
      }
      return reasoning + close + content;
    }
    return reasoning.isEmpty()
        ? content
        : OPEN + "\n" + reasoning + "\n" + CLOSE + "\n\n" + content;
  }

  /// The texts of a conversation: one for each answer, since templates leave the thinking of
  /// earlier answers out, but a single one for those that go on where the one before ends.
  List<MaskedText> encode(ChatExample example) {
    List<MaskedText> texts = new ArrayList<>();
    List<ChatMessage> messages = example.messages();
    for (int i = 0; i < messages.size(); i++) {
      ChatMessage answer = messages.get(i);
      if (answer.role() == Role.ASSISTANT) {
        boolean thinking = example.thinking().orElse(!answer.reasoning().isEmpty());
        String prompt = prompt(messages.subList(0, i), thinking);
        add(texts, encode(prompt, completion(prompt, answer.reasoning(), answer.content())));
      }
    }
    return texts;
  }

  private static void add(List<MaskedText> texts, MaskedText text) {
    if (!texts.isEmpty() && text.continues(texts.getLast())) {
      text = text.including(texts.removeLast());
    }
    texts.add(text);
  }

  /// A prompt and a completion, cut into tokens one by one as in use, and the end.
  MaskedText encode(String prompt, String completion) {
    int[] written = tokenizer.encode(completion);
    int[] ended = Arrays.copyOf(written, written.length + 1);
    ended[written.length] = end;
    return MaskedText.of(tokenizer.encode(prompt), ended);
  }
}
