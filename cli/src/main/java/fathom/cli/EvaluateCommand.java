package fathom.cli;

import fathom.evaluation.Answerer;
import fathom.evaluation.Evaluation;
import fathom.evaluation.EvaluationResult;
import fathom.evaluation.EvaluationSettings;
import fathom.evaluation.OpenAiAnswerer;
import fathom.evaluation.Suite;
import fathom.evaluation.Transcript;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fathom evaluate`: how many of a suite's questions a model answers right.
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Asks a model the questions of a suite and scores its answers.",
    footer = {
      "",
      "Examples:",
      "  fathom evaluate --suite generated",
      "  fathom evaluate --model DIR --suite gsm8k --samples 4 --out runs/gsm8k --json",
      "  fathom evaluate --url http://localhost:8080/v1 --suite questions.jsonl --limit 100"
    })
final class EvaluateCommand implements Callable<Integer> {
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  @Mixin ModelArguments modelArguments = new ModelArguments();
  @Mixin KernelArguments kernelArguments = new KernelArguments();

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Asks a service that speaks OpenAI's chat API instead, e.g. http://HOST/v1.")
  @Nullable URI url;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "fathom",
      description = "With --url: the model's name there (default: ${DEFAULT-VALUE}).")
  String name = "fathom";

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      defaultValue = "",
      description = "With --url: sent as a bearer token.")
  String apiKey = "";

  @Option(
      names = "--suite",
      required = true,
      paramLabel = "NAME|FILE.jsonl",
      description =
          "generated (held-out problems), a family's name, gsm8k, math500, aime24, humaneval,"
              + " humaneval-java, humaneval-x-java, safety, or a file with question, answer and, if"
              + " wanted, checker.")
  String suite = "";

  @Mixin SuiteArguments suiteArguments = new SuiteArguments();

  @Option(
      names = "--samples",
      paramLabel = "K",
      defaultValue = "1",
      description = "Answers to each question (default: ${DEFAULT-VALUE}).")
  int samples = 1;

  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      defaultValue = "1024",
      description = "Longest answer in tokens (default: ${DEFAULT-VALUE}).")
  int maxTokens = 1024;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Default: 0 for one answer, 0.6 for several.")
  @Nullable Double temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Default: 1 at temperature 0, else 0.95.")
  @Nullable Double topP;

  @Option(names = "--seed", paramLabel = "N", description = "Makes sampling repeatable.")
  long seed;

  @Option(names = "--limit", paramLabel = "N", description = "Only the first N questions.")
  int limit = Integer.MAX_VALUE;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Questions that are answered at the same time (default: ${DEFAULT-VALUE}).")
  int batch = 32;

  @Option(names = "--no-thinking", description = "Asks the template not to think.")
  boolean noThinking;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Keeps transcripts and result there, and goes on with what is there (default: a new folder"
              + " in evaluations/).")
  @Nullable Path out;

  @Option(names = "--json", description = "Prints one JSON object.")
  boolean json;

  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (url != null && modelArguments.isGiven()) {
      throw new UsageException("evaluate: expected --model or --url, found both");
    }
    if (limit < 1 || batch < 1) {
      throw new UsageException("--limit, --batch: expected positive numbers");
    }
    Suite questions = suiteArguments.reader().read(suite).first(limit);
    EvaluationSettings settings = settings();
    URI address = url;
    if (address != null) {
      OpenAiAnswerer.Endpoint endpoint = OpenAiAnswerer.Endpoint.of(address, name, apiKey);
      try (OpenAiAnswerer answerer = new OpenAiAnswerer(endpoint)) {
        report(questions, answerer, settings, endpoint.toString());
      }
      return 0;
    }
    try (LocalModel model = LocalModel.openBatched(modelArguments, kernelArguments, batch)) {
      EngineAnswerer answerer = new EngineAnswerer(model.engine(), !noThinking);
      report(questions, answerer, settings, model.fingerprint() + (noThinking ? " direct" : ""));
      var drafts = model.engine().statistics().speculation();
      if (drafts.drafted() > 0) {
        PrintWriter err = spec.commandLine().getErr();
        err.printf("Drafts: %d of %d accepted%n", drafts.accepted(), drafts.drafted());
      }
    }
    return 0;
  }

  private EvaluationSettings settings() {
    double warmth = temperature == null ? samples > 1 ? 0.6 : 0 : temperature;
    double nucleus = topP == null ? warmth == 0 ? 1 : 0.95 : topP;
    return new EvaluationSettings(samples, warmth, nucleus, maxTokens, seed, batch);
  }

  private void report(
      Suite questions, Answerer answerer, EvaluationSettings settings, String source)
      throws IOException {
    Path folder = folder();
    claim(folder, source);
    PrintWriter err = spec.commandLine().getErr();
    EvaluationResult result =
        new Evaluation(questions, answerer, settings, folder)
            .run(counting(questions.tasks().size() * samples, err));
    PrintWriter text = spec.commandLine().getOut();
    text.println(json ? result.json() : result.table());
    err.println("Transcripts: " + folder.resolve("transcripts.jsonl"));
  }

  private Path folder() {
    if (out != null) {
      return out;
    }
    String label = String.valueOf(Path.of(suite).getFileName()).replaceFirst("\\.jsonl$", "");
    return Path.of(
        "evaluations", label + "-" + LocalDateTime.now(ZoneId.systemDefault()).format(STAMP));
  }

  /// Writes whose answers a folder has, or refuses one with another model's.
  private static void claim(Path folder, String source) throws IOException {
    Path file = folder.resolve("model.txt");
    Files.createDirectories(folder);
    if (!Files.exists(file)) {
      Files.writeString(file, source + "\n");
      return;
    }
    String found = Files.readString(file).strip();
    if (!found.equals(source)) {
      throw new UsageException(
          "%s: expected answers of %s, found those of %s; take another --out"
              .formatted(folder, source, found));
    }
  }

  private static Consumer<Transcript> counting(int total, PrintWriter err) {
    AtomicInteger done = new AtomicInteger();
    AtomicInteger right = new AtomicInteger();
    int every = Math.max(1, total / 20);
    return transcript -> {
      int hits = transcript.score().lenient() ? right.incrementAndGet() : right.get();
      int count = done.incrementAndGet();
      if (count % every == 0) {
        err.printf(Locale.ROOT, "%d of %d, %.1f %% right%n", count, total, 100.0 * hits / count);
        err.flush();
      }
    };
  }
}
