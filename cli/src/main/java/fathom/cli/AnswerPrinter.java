package fathom.cli;

import fathom.generation.GeneratedToken;
import fathom.generation.GenerationListener;
import fathom.tokenizer.ReasoningParser;
import fathom.tokenizer.ReplyPart;
import java.io.PrintWriter;
import java.util.List;

/// Prints an answer while it comes: thinking dimmed, or folded to one line that counts; the answer
/// plain. Keeps both, for the conversation and for unfolding.
final class AnswerPrinter implements GenerationListener {
  private static final String DIM = "\u001b[2m";
  private static final String PLAIN = "\u001b[0m";
  private static final String ERASE_LINE = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean colors;
  private final boolean folded;
  private final ReasoningParser parser;
  private final StringBuilder reasoning = new StringBuilder();
  private final StringBuilder content = new StringBuilder();
  private final long start = System.nanoTime();
  private long thoughtUntil;
  private int thinkingTokens;
  private boolean dimmed;

  AnswerPrinter(PrintWriter out, boolean colors, boolean folded, boolean insideReasoning) {
    this.out = out;
    this.colors = colors;
    this.folded = folded;
    this.parser = new ReasoningParser(insideReasoning);
  }

  String reasoning() {
    return reasoning.toString().strip();
  }

  String content() {
    return content.toString().strip();
  }

  @Override
  public void onToken(GeneratedToken token) {
    print(parser.accept(token.text()));
    out.flush();
  }

  /// Prints what was held back and ends the line; to be called once after the last token.
  void end() {
    print(parser.finish());
    leaveThinking();
    out.println();
    out.flush();
  }

  private void print(List<ReplyPart> parts) {
    for (ReplyPart part : parts) {
      switch (part) {
        case ReplyPart.Reasoning r -> printReasoning(r.text());
        case ReplyPart.Content c -> printContent(c.text());
        default -> printContent("");
      }
    }
  }

  private void printReasoning(String text) {
    thinkingTokens++;
    thoughtUntil = System.nanoTime();
    if (reasoning.isEmpty() && text.isBlank()) {
      return; // the line breaks around the tags are no thought
    }
    if (!dimmed) {
      dimmed = true;
      out.print(folded ? "" : style(DIM));
    }
    reasoning.append(text);
    if (!folded) {
      out.print(text);
    } else if (colors) {
      out.printf("%s%sThinking ... %d%s", ERASE_LINE, DIM, thinkingTokens, PLAIN);
    }
  }

  private void printContent(String text) {
    if (content.isEmpty() && text.isBlank()) {
      return;
    }
    leaveThinking();
    content.append(text);
    out.print(text);
  }

  private void leaveThinking() {
    if (!dimmed) {
      return;
    }
    dimmed = false;
    double seconds = (thoughtUntil - start) * 1e-9;
    if (folded) {
      out.printf(
          "%s%sThought for %.1f s (/think last shows it)%s%n%n",
          colors ? ERASE_LINE : "", style(DIM), seconds, style(PLAIN));
    } else {
      out.printf("%s%n%n", style(PLAIN));
    }
  }

  private String style(String code) {
    return colors ? code : "";
  }
}
