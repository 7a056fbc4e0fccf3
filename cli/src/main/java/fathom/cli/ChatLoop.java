package fathom.cli;

import fathom.generation.FinishReason;
import fathom.generation.GenerationException;
import fathom.generation.GenerationRequest;
import fathom.generation.GenerationResult;
import fathom.generation.Session;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.ChatTemplateException;
import fathom.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.util.Optional;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.Terminal.SignalHandler;

/// Reads a question, prints the answer, and so on until the user leaves.
final class ChatLoop {
  private static final String FENCE = "\"\"\"";

  private final Terminal terminal;
  private final LineReader reader;
  private final LocalModel model;
  private final Conversation conversation;
  private final SamplingArguments sampling;
  private final PrintWriter out;
  private final ChatStatistics statistics = new ChatStatistics();
  private final Session session;
  private final Optional<WarmUp> warmUp;
  private boolean folded;
  private String lastReasoning = "";

  ChatLoop(
      Terminal terminal,
      LineReader reader,
      LocalModel model,
      Conversation conversation,
      SamplingArguments sampling) {
    this.terminal = terminal;
    this.reader = reader;
    this.model = model;
    this.conversation = conversation;
    this.sampling = sampling;
    this.out = terminal.writer();
    this.session = model.engine().newSession();
    this.warmUp = model.warmUp();
  }

  Conversation conversation() {
    return conversation;
  }

  SamplingArguments sampling() {
    return sampling;
  }

  ChatStatistics statistics() {
    return statistics;
  }

  LocalModel model() {
    return model;
  }

  PrintWriter out() {
    return out;
  }

  String lastReasoning() {
    return lastReasoning;
  }

  boolean folded() {
    return folded;
  }

  void setFolded(boolean value) {
    folded = value;
  }

  void run() {
    out.println(model.banner());
    out.println("/help lists the commands; Ctrl-C stops an answer, Ctrl-D leaves.");
    out.println();
    SlashCommands commands = new SlashCommands(this);
    while (true) {
      String input;
      try {
        input = readInput();
      } catch (UserInterruptException e) {
        continue; // Ctrl-C on a line of input forgets the line
      } catch (EndOfFileException e) {
        return;
      }
      if (input.isBlank()) {
        continue;
      }
      if (!input.startsWith("/")) {
        answer(input);
      } else if (!commands.run(input.strip())) {
        return;
      }
      out.flush();
    }
  }

  private String readInput() {
    String line = reader.readLine("> ");
    if (line.strip().equals(FENCE)) {
      return readUntilFence();
    }
    StringBuilder text = new StringBuilder();
    while (line.endsWith("\\")) {
      text.append(line, 0, line.length() - 1).append('\n');
      line = reader.readLine("… ");
    }
    return text.append(line).toString();
  }

  private String readUntilFence() {
    StringBuilder text = new StringBuilder();
    for (String line = reader.readLine("… ");
        !line.strip().equals(FENCE);
        line = reader.readLine("… ")) {
      text.append(text.isEmpty() ? "" : "\n").append(line);
    }
    return text.toString();
  }

  private void answer(String question) {
    conversation.add(ChatMessage.user(question));
    try {
      answer();
    } catch (GenerationException | ChatTemplateException e) {
      conversation.removeLast();
      out.println("! " + Failures.sentence(e));
    }
  }

  private void answer() {
    Tokenizer tokenizer = model.tokenizer();
    int[] prompt = conversation.render(tokenizer);
    int room = model.engine().options().contextTokens() - prompt.length;
    if (room <= 0) {
      conversation.removeLast();
      out.printf(
          "! The conversation has %d tokens, the context %d: /clear begins a new one.%n",
          prompt.length, model.engine().options().contextTokens());
      return;
    }
    GenerationRequest request =
        GenerationRequest.builder(prompt).sampling(sampling.parameters(room).build()).build();
    boolean insideReasoning = opensThinking(tokenizer, prompt);
    AnswerPrinter printer = new AnswerPrinter(out, colors(), folded, insideReasoning);
    SignalHandler before = terminal.handle(Signal.INT, signal -> session.cancel());
    GenerationResult result;
    warmUp.ifPresent(WarmUp::finish);
    try {
      result = session.generate(request, printer);
    } finally {
      terminal.handle(Signal.INT, before);
    }
    printer.end();
    lastReasoning = printer.reasoning();
    conversation.add(ChatMessage.assistant(printer.reasoning(), printer.content()));
    statistics.add(result);
    printFooter(result);
  }

  private void printFooter(GenerationResult result) {
    String how =
        switch (result.finishReason()) {
          case STOP -> "";
          case LENGTH -> ", cut at the limit of tokens";
          case CANCELLED -> ", stopped";
        };
    out.printf(
        "%s[%.1f tokens/s, %d tokens, %d of %d context, %d from cache%s]%s%n%n",
        colors() ? "\u001b[2m" : "",
        result.timings().tokensPerSecond(result.usage()),
        result.usage().completionTokens(),
        result.usage().totalTokens(),
        model.engine().options().contextTokens(),
        result.usage().cacheHitTokens(),
        how,
        colors() ? "\u001b[0m" : "");
    if (result.finishReason() == FinishReason.CANCELLED && result.usage().completionTokens() == 0) {
      conversation.removeLast();
      conversation.removeLast();
    }
  }

  private boolean colors() {
    return !Terminal.TYPE_DUMB.equals(terminal.getType())
        && !Terminal.TYPE_DUMB_COLOR.equals(terminal.getType());
  }

  /// Whether the prompt ends inside `<think>`, so that the answer begins with thought.
  static boolean opensThinking(Tokenizer tokenizer, int[] prompt) {
    int from = Math.max(0, prompt.length - 16);
    int[] tail = java.util.Arrays.copyOfRange(prompt, from, prompt.length);
    String text = tokenizer.decode(tail);
    return text.lastIndexOf("<think>") > text.lastIndexOf("</think>");
  }
}
