package fathom.tokenizer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds added tokens in text: the leftmost, and of several at one place the longest.
final class AddedTokenTrie {
  private final Node root = new Node();
  private final boolean[] startsInAscii = new boolean[128];
  private boolean startsBeyondAscii;
  private final boolean empty;

  AddedTokenTrie(List<AddedToken> tokens) {
    boolean any = false;
    for (AddedToken token : tokens) {
      String content = token.content();
      if (content.isEmpty()) {
        continue;
      }
      any = true;
      if (content.charAt(0) < 128) {
        startsInAscii[content.charAt(0)] = true;
      } else {
        startsBeyondAscii = true;
      }
      Node node = root;
      for (int i = 0; i < content.length(); i++) {
        node = node.children.computeIfAbsent(content.charAt(i), c -> new Node());
      }
      node.token = token;
    }
    empty = !any;
  }

  /// What is found and what lies between.
  interface Parts {
    void text(int from, int to);

    void token(AddedToken token);
  }

  /// Walks through `text[from, to)`.
  void scan(char[] text, int from, int to, Parts parts) {
    int done = from;
    int at = empty ? to : from;
    while (at < to) {
      char c = text[at];
      AddedToken token =
          (c < 128 ? startsInAscii[c] : startsBeyondAscii) ? longest(text, at, to) : null;
      if (token == null) {
        at++;
        continue;
      }
      int end = at + token.content().length();
      if (token.singleWord() && touchesWord(text, from, at, end, to)) {
        at = end;
        continue;
      }
      int start = token.stripLeft() ? spacesBefore(text, done, at) : at;
      end = token.stripRight() ? CharacterClasses.run(text, end, to, CharacterClasses.SPACE) : end;
      if (done < start) {
        parts.text(done, start);
      }
      parts.token(token);
      done = end;
      at = end;
    }
    if (done < to) {
      parts.text(done, to);
    }
  }

  private @Nullable AddedToken longest(char[] text, int from, int to) {
    @Nullable AddedToken found = null;
    @Nullable Node node = root;
    for (int at = from; at < to; at++) {
      node = node.children.get(text[at]);
      if (node == null) {
        break;
      }
      if (node.token != null) {
        found = node.token;
      }
    }
    return found;
  }

  private static boolean touchesWord(char[] text, int from, int start, int end, int to) {
    return (start > from && isWord(text[start - 1])) || (end < to && isWord(text[end]));
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  private static int spacesBefore(char[] text, int from, int at) {
    int start = at;
    while (start > from
        && (CharacterClasses.at(text, start - 1, at) & CharacterClasses.SPACE) != 0) {
      start--;
    }
    return start;
  }

  private static final class Node {
    private final Map<Character, Node> children = new HashMap<>(4);
    private @Nullable AddedToken token;
  }
}
