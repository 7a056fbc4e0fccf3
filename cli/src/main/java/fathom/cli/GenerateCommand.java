package fathom.cli;

import fathom.generation.FinishReason;
import fathom.generation.GeneratedToken;
import fathom.generation.GenerationListener;
import fathom.generation.GenerationRequest;
import fathom.generation.GenerationResult;
import fathom.generation.InvalidRequestException;
import fathom.generation.TokenLogProbabilities;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.ChatOptions;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `fathom generate`: one prompt, one answer.
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false,
    description = "Goes on from a prompt.",
    footer = {
      "",
      "Examples:",
      "  fathom generate --model DIR --prompt 'Once upon a time' --max-tokens 64",
      "  fathom generate --model DIR --chat --prompt 'What is 17 * 23?' --json",
      "  fathom generate --model FILE.gguf --prompt-ids 0,3,292 --temperature 0",
      "  cat letter.txt | fathom generate --model DIR --file - --max-tokens 200"
    })
final class GenerateCommand implements Callable<Integer> {
  private static final int MAX_PROMPT_BYTES = 64 << 20;

  @Mixin ModelArguments modelArguments = new ModelArguments();
  @Mixin KernelArguments kernelArguments = new KernelArguments();
  @Mixin SamplingArguments sampling = new SamplingArguments();
  @Mixin CommonArguments common = new CommonArguments();

  @ArgGroup(multiplicity = "1")
  Prompt prompt = new Prompt();

  @Option(names = "--chat", description = "Applies the model's chat template to the prompt.")
  boolean chat;

  @Option(names = "--system", paramLabel = "TEXT", description = "With --chat: the system prompt.")
  @Nullable String system;

  @Option(names = "--no-thinking", description = "With --chat: asks the template not to think.")
  boolean noThinking;

  @Option(names = "--json", description = "Prints ids, text and timings as one JSON object.")
  boolean json;

  @Option(
      names = "--logprobs",
      paramLabel = "N",
      description = "With --json: log-probabilities of each token and of the N likeliest.")
  int logProbabilities = -1;

  @Option(names = "--ignore-eos", description = "End tokens do not end the answer.")
  boolean ignoreEndTokens;

  @Spec private CommandSpec spec;

  /// Where the prompt comes from.
  static final class Prompt {
    @Option(
        names = {"-p", "--prompt"},
        paramLabel = "TEXT",
        description = "The prompt.")
    @Nullable String text;

    @Option(names = "--prompt-ids", paramLabel = "ID,ID", description = "The prompt as token ids.")
    @Nullable String ids;

    @Option(
        names = {"-f", "--file"},
        paramLabel = "FILE",
        description = "A file with the prompt; - is standard input.")
    @Nullable Path file;
  }

  @Override
  public Integer call() throws IOException {
    sampling.suit(modelArguments, spec);
    modelArguments.letAnswerGoBeyond(sampling.maxTokens);
    try (LocalModel model = LocalModel.open(modelArguments, kernelArguments)) {
      int[] ids = promptIds(model.tokenizer());
      var builder = sampling.parameters(model.engine().options().contextTokens() - ids.length);
      if (logProbabilities >= 0) {
        builder.logProbabilities(logProbabilities);
      }
      if (ignoreEndTokens) {
        builder.ignoreEndTokens();
      }
      GenerationRequest request = GenerationRequest.builder(ids).sampling(builder.build()).build();
      PrintWriter out = spec.commandLine().getOut();
      GenerationListener listener = json ? token -> {} : token -> print(out, token);
      GenerationResult result = model.engine().submit(request, listener).await();
      if (json) {
        out.println(JsonLine.of(describe(ids, result, model.loadMillis())));
      } else {
        out.println();
      }
      return 0;
    } catch (InvalidRequestException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private static void print(PrintWriter out, GeneratedToken token) {
    out.print(token.text());
    out.flush();
  }

  private int[] promptIds(Tokenizer tokenizer) throws IOException {
    if (prompt.ids != null) {
      return TokenIds.parse(prompt.ids);
    }
    String text = promptText();
    if (!chat) {
      return tokenizer.encodePrompt(text);
    }
    List<ChatMessage> messages =
        system == null
            ? List.of(ChatMessage.user(text))
            : List.of(ChatMessage.system(system), ChatMessage.user(text));
    ChatOptions options = ChatOptions.answer();
    return tokenizer.encode(
        Chats.template(tokenizer)
            .render(messages, noThinking ? options.withThinking(false) : options));
  }

  private String promptText() throws IOException {
    if (prompt.text != null) {
      return prompt.text;
    }
    Path file = prompt.file == null ? Path.of("-") : prompt.file;
    byte[] bytes =
        file.toString().equals("-")
            ? System.in.readNBytes(MAX_PROMPT_BYTES + 1)
            : Files.readAllBytes(file);
    if (bytes.length > MAX_PROMPT_BYTES) {
      throw new UsageException(
          "%s: expected a prompt of at most %s".formatted(file, Sizes.bytes(MAX_PROMPT_BYTES)));
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static ObjectNode describe(int[] prompt, GenerationResult result, double loadMillis) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    addAll(object.putArray("prompt_ids"), prompt);
    addAll(object.putArray("ids"), result.ids());
    object.put("text", result.text());
    object.put("finish_reason", result.finishReason() == FinishReason.LENGTH ? "length" : "stop");
    if (!result.logProbabilities().isEmpty()) {
      ArrayNode array = object.putArray("logprobs");
      result.logProbabilities().forEach(token -> describe(array.addObject(), token));
    }
    ObjectNode timings = object.putObject("timings");
    timings.put("load_ms", loadMillis);
    timings.put("time_to_first_token_ms", result.timings().firstToken() / 1e6);
    timings.put("prompt_tokens_per_second", result.timings().promptTokensPerSecond(result.usage()));
    timings.put("tokens_per_second", result.timings().tokensPerSecond(result.usage()));
    return object;
  }

  private static void describe(ObjectNode object, TokenLogProbabilities token) {
    object.put("id", token.id());
    object.put("logprob", token.logProbability());
    ArrayNode top = object.putArray("top");
    for (var alternative : token.top()) {
      top.addObject().put("id", alternative.id()).put("logprob", alternative.logProbability());
    }
  }

  private static void addAll(ArrayNode array, int[] ids) {
    for (int id : ids) {
      array.add(id);
    }
  }
}
