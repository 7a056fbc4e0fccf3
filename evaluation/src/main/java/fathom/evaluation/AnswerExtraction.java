package fathom.evaluation;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds the answer in what a model wrote.
public final class AnswerExtraction {
  private static final int LONGEST_ANSWER = 20_000;
  private static final Pattern TAGGED =
      Pattern.compile("<answer>(.{1,2000}?)</answer>", Pattern.DOTALL);
  private static final Pattern SENTENCE =
      Pattern.compile(
          "(?:^|[^a-z])(?:the |final |correct )*answer(?: is|:)\\s*:?\\s*",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern HASHES = Pattern.compile("####\\s*(\\S[^\\n]*)");
  private static final Pattern NUMBER =
      Pattern.compile("-?\\$?(?:\\d{1,3}(?:,\\d{3})+|\\d+)(?:\\.\\d+)?(?:/\\d+)?%?|-?\\$?\\.\\d+");

  private AnswerExtraction() {}

  /// The answer where it belongs: `<answer>…</answer>`, the last `\boxed{…}`, or the last sentence
  /// "The answer is …".
  public static Optional<String> marked(String text) {
    String content = clip(text);
    Optional<String> tagged = last(TAGGED, content, 1).map(AnswerExtraction::unbox);
    if (tagged.isPresent()) {
      return tagged;
    }
    Optional<String> boxed = boxed(content);
    return boxed.isPresent() ? boxed : sentence(content);
  }

  /// The answer wherever it can be found: marked, after `####`, or the last number; first in the
  /// content, then, where that is empty, in the reasoning.
  public static Optional<String> anywhere(Response response) {
    Optional<String> found = anywhere(response.content());
    return found.isPresent() ? found : anywhere(response.reasoning());
  }

  /// The inside of the last `\boxed{…}` or `\fbox{…}` whose braces balance; `\boxed 5` counts too.
  public static Optional<String> boxed(String text) {
    for (String command : new String[] {"\\boxed", "\\fbox"}) {
      for (int at = text.lastIndexOf(command); at >= 0; at = text.lastIndexOf(command, at - 1)) {
        Optional<String> inside = inside(text, at + command.length());
        if (inside.isPresent()) {
          return inside;
        }
        if (at == 0) {
          break;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> anywhere(String text) {
    Optional<String> marked = marked(text);
    if (marked.isPresent()) {
      return marked;
    }
    String clipped = clip(text);
    Optional<String> hashes = last(HASHES, clipped, 1);
    return hashes.isPresent() ? hashes : last(NUMBER, clipped, 0);
  }

  private static Optional<String> inside(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
    if (at >= text.length()) {
      return Optional.empty();
    }
    if (text.charAt(at) != '{') {
      int end = at;
      while (end < text.length() && Character.isLetterOrDigit(text.charAt(end))) {
        end++;
      }
      return end > at ? Optional.of(text.substring(at, end)) : Optional.empty();
    }
    int depth = 0;
    for (int i = at; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '{') {
        depth++;
      } else if (c == '}' && --depth == 0) {
        return Optional.of(text.substring(at + 1, i).strip());
      }
    }
    return Optional.empty();
  }

  private static Optional<String> sentence(String content) {
    Matcher matcher = SENTENCE.matcher(content);
    int start = -1;
    while (matcher.find()) {
      start = matcher.end();
    }
    if (start < 0) {
      return Optional.empty();
    }
    String rest = content.substring(start);
    int end = endOfSentence(rest);
    String answer = rest.substring(0, end).strip().replace("**", "");
    return answer.isEmpty() ? Optional.empty() : Optional.of(answer);
  }

  /// A sentence ends at a line's end or at a full stop that no digit follows.
  private static int endOfSentence(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean last = i + 1 == text.length() || !Character.isLetterOrDigit(text.charAt(i + 1));
      if (c == '\n' || (c == '.' && last)) {
        return i;
      }
    }
    return text.length();
  }

  private static Optional<String> last(Pattern pattern, String text, int group) {
    Matcher matcher = pattern.matcher(text);
    String found = null;
    while (matcher.find()) {
      found = matcher.group(group);
    }
    return Optional.ofNullable(found).map(String::strip).filter(s -> !s.isEmpty());
  }

  private static String unbox(String text) {
    return boxed(text).orElse(text);
  }

  private static String clip(String text) {
    return text.length() <= LONGEST_ANSWER ? text : text.substring(text.length() - LONGEST_ANSWER);
  }
}
