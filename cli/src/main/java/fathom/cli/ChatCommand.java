package fathom.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fathom chat`: a conversation in the terminal.
@Command(
    name = "chat",
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false,
    description = "Opens a conversation in the terminal.",
    footer = {
      "",
      "In the chat: /help lists the commands; Ctrl-C stops an answer, Ctrl-D leaves.",
      "A line that ends with a backslash, or text between two lines of \"\"\", goes on.",
      "",
      "Examples:",
      "  fathom chat                        talks to the model that ships inside",
      "  fathom chat --model DeepSeek-R1-Distill-Qwen-1.5B",
      "  fathom chat --model model.gguf --temperature 0 --system 'Answer briefly.'"
    })
final class ChatCommand implements Callable<Integer> {
  @Mixin ModelArguments modelArguments = new ModelArguments();
  @Mixin KernelArguments kernelArguments = new KernelArguments();
  @Mixin SamplingArguments sampling = new SamplingArguments();
  @Mixin CommonArguments common = new CommonArguments();

  @Option(names = "--system", paramLabel = "TEXT", description = "The system prompt.")
  @Nullable String system;

  @Option(names = "--fold", description = "Shows thinking as one line that counts.")
  boolean fold;

  @Option(names = "--no-thinking", description = "Asks the template not to think.")
  boolean noThinking;

  @Option(names = "--load", paramLabel = "FILE", description = "Goes on with a saved conversation.")
  @Nullable Path load;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    sampling.suit(modelArguments, spec);
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build();
        LocalModel model = LocalModel.open(modelArguments, kernelArguments)) {
      Chats.template(model.tokenizer());
      Conversation conversation = new Conversation();
      if (load != null) {
        conversation.load(load);
      }
      if (system != null) {
        conversation.setSystem(system);
      }
      if (noThinking) {
        conversation.setThinking(false);
      }
      ChatLoop loop = new ChatLoop(terminal, reader(terminal), model, conversation, sampling);
      loop.setFolded(fold);
      loop.run();
    }
    return 0;
  }

  private static LineReader reader(Terminal terminal) {
    DefaultParser parser = new DefaultParser();
    parser.setEscapeChars(null); // a backslash is a character like any other
    parser.setQuoteChars(null);
    Path history = Path.of(System.getProperty("user.home"), ".fathom_history");
    return LineReaderBuilder.builder()
        .terminal(terminal)
        .appName("fathom")
        .parser(parser)
        .variable(LineReader.HISTORY_FILE, history)
        .variable(LineReader.HISTORY_SIZE, 1000)
        .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
        .build();
  }
}
