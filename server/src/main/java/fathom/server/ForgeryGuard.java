package fathom.server;

import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.Role;
import fathom.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Keeps users from forging turns: where a message *says* `<｜Assistant｜>`, the model must read
/// these letters and not the token. Before the template is rendered each such text is replaced by
/// one character of a private plane; afterwards the text between these characters is encoded with
/// special tokens, and what they stand for without.
final class ForgeryGuard {
  /// Supplementary Private Use Area-B: assigned to nobody, and longer than any list of special
  /// tokens.
  private static final int FIRST = 0x100000;

  private static final int LAST = 0x10FFFD;

  private final Tokenizer tokenizer;
  private final List<String> forbidden;

  private ForgeryGuard(Tokenizer tokenizer, List<String> forbidden) {
    this.tokenizer = tokenizer;
    this.forbidden = forbidden;
  }

  /// A guard against the special tokens of this tokenizer.
  static ForgeryGuard of(Tokenizer tokenizer) {
    List<String> all = new ArrayList<>(List.of("<think>", "</think>"));
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      String text = new String(tokenizer.bytes(id), StandardCharsets.UTF_8);
      if (!text.isEmpty() && (tokenizer.isSpecial(id) || isAdded(tokenizer, id, text))) {
        all.add(text);
      }
    }
    // Longest first, so that no token hides another one that contains it.
    List<String> sorted =
        all.stream()
            .distinct()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .limit(LAST - FIRST)
            .toList();
    return new ForgeryGuard(tokenizer, sorted);
  }

  /// Many control tokens, `<｜User｜>` among them, are not marked special: they are known by being
  /// one token only where added tokens are recognised.
  private static boolean isAdded(Tokenizer tokenizer, int id, String text) {
    boolean bracketed = text.length() > 2 && text.startsWith("<") && text.endsWith(">");
    return bracketed
        && Arrays.equals(tokenizer.encode(text), new int[] {id})
        && !Arrays.equals(tokenizer.encodePlain(text), new int[] {id});
  }

  /// The messages with special tokens hidden. The assistant's own tags stay: templates look for
  /// them.
  List<ChatMessage> protect(List<ChatMessage> messages) {
    return messages.stream().map(this::protect).toList();
  }

  private ChatMessage protect(ChatMessage message) {
    if (message.role() == Role.ASSISTANT) {
      return message;
    }
    return new ChatMessage(
        message.role(),
        protect(message.content()),
        message.reasoning(),
        message.toolCalls(),
        message.toolCallId(),
        protect(message.name()),
        message.prefix());
  }

  /// The text with special tokens hidden.
  String protect(String text) {
    String result = text;
    if (text.codePoints().anyMatch(c -> c >= FIRST && c <= LAST)) {
      result = result.replaceAll("[\\x{100000}-\\x{10FFFD}]", "\uFFFD");
    }
    if (result.indexOf('<') < 0 && result.indexOf('[') < 0) {
      return result;
    }
    for (int i = 0; i < forbidden.size(); i++) {
      String token = forbidden.get(i);
      if (result.contains(token)) {
        result = result.replace(token, Character.toString(FIRST + i));
      }
    }
    return result;
  }

  /// The ids of a rendered text, hidden tokens as ordinary letters.
  int[] encode(String text) {
    List<int[]> pieces = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int next = i + Character.charCount(c);
      if (c >= FIRST && c - FIRST < forbidden.size()) {
        pieces.add(tokenizer.encode(text.substring(from, i)));
        pieces.add(tokenizer.encodePlain(forbidden.get(c - FIRST)));
        from = next;
      }
      i = next;
    }
    if (from == 0) {
      return tokenizer.encode(text);
    }
    pieces.add(tokenizer.encode(text.substring(from)));
    return pieces.stream().flatMapToInt(Arrays::stream).toArray();
  }
}
