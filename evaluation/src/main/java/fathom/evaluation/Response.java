package fathom.evaluation;

/// What a model said: its reasoning (the inside of the thinking block), the answer after it, why it
/// stopped, and how many tokens it wrote.
///
/// @param reasoning the text inside `<think>`, empty where there was none
/// @param content the text after the thinking block
/// @param wellFormed whether the thinking block, if any, was opened once, closed once, and came
///   first
/// @param finishReason `stop`, `length`, or what the source says
/// @param tokens written tokens, 0 where the source does not say
public record Response(
    String reasoning, String content, boolean wellFormed, String finishReason, int tokens) {

  private static final String OPEN = "<think>";
  private static final String CLOSE = "</think>";

  /// Splits raw generated text into reasoning and content. The opening tag may be missing at the
  /// start, because R1's template writes it into the prompt.
  public static Response parse(String text, String finishReason, int tokens) {
    int open = text.indexOf(OPEN);
    int close = text.indexOf(CLOSE);
    if (close < 0) {
      boolean unclosed = open >= 0;
      String reasoning = unclosed ? text.substring(open + OPEN.length()).strip() : "";
      String content = unclosed ? text.substring(0, open).strip() : text.strip();
      return new Response(reasoning, content, !unclosed, finishReason, tokens);
    }
    boolean opened = open >= 0 && open < close;
    String before = opened ? text.substring(0, open) : "";
    String reasoning = text.substring(opened ? open + OPEN.length() : 0, close).strip();
    String rest = text.substring(close + CLOSE.length());
    boolean wellFormed =
        before.isBlank()
            && !reasoning.contains(OPEN)
            && !rest.contains(OPEN)
            && !rest.contains(CLOSE);
    return new Response(reasoning, rest.strip(), wellFormed, finishReason, tokens);
  }

  /// Splits raw generated text that ended by itself.
  public static Response parse(String text) {
    return parse(text, "stop", 0);
  }

  /// Whether the answer ended by itself and has some content after a proper thinking block.
  public boolean complete() {
    return wellFormed && !content.isBlank() && !finishReason.equals("length");
  }
}
