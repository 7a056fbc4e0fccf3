package fathom.cli;

import fathom.evaluation.GeneratedSuite;
import fathom.evaluation.Problem;
import fathom.evaluation.Split;
import fathom.evaluation.TaskFamily;
import fathom.evaluation.families.TaskFamilies;
import fathom.tokenizer.ChatTemplate;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `fathom problems`: generated problems, as tasks or as conversations to learn from.
@Command(
    name = "problems",
    mixinStandardHelpOptions = true,
    description = "Writes generated problems: tasks for rl and evaluate, or worked conversations.",
    footer = {
      "",
      "Examples:",
      "  fathom problems --count 20000 --out tasks.jsonl",
      "  fathom problems --as chat --count 5000 --difficulty 1-3 --out cold-start.jsonl",
      "  fathom problems --as text --count 200000 --family fractions=2 --out practice.jsonl"
    })
final class ProblemsCommand implements Callable<Integer> {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int LONGEST_REQUEST = 160;

  private static final List<String> OPENINGS =
      List.of(
          "",
          "A conversation between User and Assistant. ",
          "The user asks a question, and the Assistant solves it. ",
          "The assistant first thinks about it and then gives the answer. ");

  @Option(
      names = "--count",
      required = true,
      paramLabel = "N",
      description = "How many problems or conversations.")
  int count;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The JSONL file to write.")
  Path out = Path.of("");

  @Option(
      names = "--as",
      paramLabel = "FORM",
      defaultValue = "tasks",
      description =
          "tasks (question, answer, checker), chat (messages) or text (rendered conversations, for"
              + " prepare --conversations); default: ${DEFAULT-VALUE}.")
  Form form = Form.TASKS;

  @Option(
      names = "--family",
      paramLabel = "NAME[=TIMES]",
      description = "Draws this family so many times as often; 0 leaves it out.")
  Map<String, Integer> weights = new LinkedHashMap<>();

  @Option(
      names = "--difficulty",
      paramLabel = "N-M",
      defaultValue = "1-5",
      description = "Range of difficulty within 1-5 (default: ${DEFAULT-VALUE}).")
  String difficulty = "1-5";

  @Option(
      names = "--unanswerable",
      paramLabel = "FILE",
      description =
          "JSONL with a prompt a line; those without digits become requests to turn down.")
  @Nullable Path unanswerable;

  @Option(
      names = "--guesses",
      paramLabel = "PERCENT",
      defaultValue = "0",
      description =
          "How many of a hundred conversations give the result without its steps, as people often"
              + " do; reinforcement can learn from the mixture that steps pay (default:"
              + " ${DEFAULT-VALUE}).")
  int guesses;

  @Option(
      names = "--dialogues",
      paramLabel = "PERCENT",
      defaultValue = "0",
      description =
          "With --as text: how many of a hundred stand there as plain text, \"User: ..."
              + " Assistant: ...\", as R1-Zero's template asks (default: ${DEFAULT-VALUE}).")
  int dialogues;

  @Option(
      names = "--without-tasks",
      description =
          "With --as chat: only small talk and requests to turn down, to be mixed with a model's own"
              + " right answers so that reinforcement's habit of computing everything wears off.")
  boolean withoutTasks;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Same seed, same problems (default: ${DEFAULT-VALUE}).")
  long seed;

  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  /// What is written.
  enum Form {
    /// For `rl --data` and `evaluate --suite FILE`.
    TASKS,
    /// For `sft --data`.
    CHAT,
    /// For `prepare --conversations`.
    TEXT
  }

  @Override
  public Integer call() throws IOException {
    if (count < 1) {
      throw new UsageException("--count: expected a positive number, found " + count);
    }
    requirePercent("--guesses", guesses);
    requirePercent("--dialogues", dialogues);
    if (withoutTasks && form != Form.CHAT) {
      throw new UsageException("--without-tasks: expected --as chat beside it");
    }
    int[] range = range();
    List<TaskFamily> families = families();
    LongFunction<ObjectNode> rows =
        switch (form) {
          case TASKS -> tasks(new GeneratedSuite(families, Split.TRAIN, range[0], range[1], seed));
          case CHAT -> chats(families, range);
          case TEXT -> texts(families, range);
        };
    Path partial = out.resolveSibling(out.getFileName() + ".part");
    try (BufferedWriter writer = Files.newBufferedWriter(partial)) {
      for (long i = 0; i < count; i++) {
        writer.write(rows.apply(i).toString());
        writer.write('\n');
      }
    }
    Files.move(partial, out, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    spec.commandLine().getErr().printf("Wrote %d rows to %s.%n", count, out);
    return 0;
  }

  private static LongFunction<ObjectNode> tasks(GeneratedSuite suite) {
    return i -> {
      Problem problem = suite.problem(i);
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put("question", problem.task().question()).put("answer", problem.task().answer());
      node.put("checker", problem.task().checker().name());
      node.put("family", problem.task().family()).put("difficulty", problem.task().difficulty());
      return node;
    };
  }

  private LongFunction<ObjectNode> chats(List<TaskFamily> families, int[] range)
      throws IOException {
    PracticeChats chats = chatsOf(families, range);
    // Tuning learns every answer of a conversation as one with thinking: earlier ones have none.
    return i -> (withoutTasks ? chats.withoutTask(i) : chats.chat(i)).alone().json();
  }

  private LongFunction<ObjectNode> texts(List<TaskFamily> families, int[] range)
      throws IOException {
    PracticeChats chats = chatsOf(families, range);
    ChatTemplate template = PracticeChat.template();
    return i -> JsonNodeFactory.instance.objectNode().put("text", text(i, chats.chat(i), template));
  }

  private String text(long index, PracticeChat chat, ChatTemplate template) {
    RandomGenerator random = new SplittableRandom(~seed ^ index);
    return random.nextInt(100) < dialogues
        ? chat.dialogue(OPENINGS.get(random.nextInt(OPENINGS.size())))
        : chat.text(template);
  }

  private static void requirePercent(String option, int value) {
    if (value < 0 || value > 100) {
      throw new UsageException(option + ": expected 0 to 100, found " + value);
    }
  }

  private PracticeChats chatsOf(List<TaskFamily> families, int[] range) throws IOException {
    return new PracticeChats(families, requests(), range[0], range[1], guesses, seed);
  }

  private int[] range() {
    if (!difficulty.matches("[1-5](-[1-5])?")) {
      throw new UsageException("--difficulty: expected N or N-M within 1-5, found " + difficulty);
    }
    int low = difficulty.charAt(0) - '0';
    int high = difficulty.charAt(difficulty.length() - 1) - '0';
    if (low > high) {
      throw new UsageException("--difficulty: expected N-M with N <= M, found " + difficulty);
    }
    return new int[] {low, high};
  }

  private List<TaskFamily> families() {
    weights.keySet().forEach(TaskFamilies::named);
    List<TaskFamily> drawn = new ArrayList<>();
    for (TaskFamily family : TaskFamilies.reasoning()) {
      for (int i = weights.getOrDefault(family.name(), 1); i > 0; i--) {
        drawn.add(family);
      }
    }
    if (drawn.isEmpty()) {
      throw new UsageException("--family: expected at least one family, found none");
    }
    return drawn;
  }

  /// Requests for anything but mathematics: short and without a digit.
  private List<String> requests() throws IOException {
    List<String> requests = new ArrayList<>();
    if (unanswerable == null) {
      return requests;
    }
    int number = 0;
    for (String line : Files.readAllLines(unanswerable)) {
      number++;
      try {
        JsonNode row = JSON.readTree(line);
        String prompt = row.path("prompt").asString("").strip();
        boolean free = row.path("licence").asString("Apache-2.0").equals("Apache-2.0");
        if (free && prompt.length() <= LONGEST_REQUEST && prompt.matches("[^\\d\\n]+")) {
          requests.add(prompt);
        }
      } catch (JacksonException e) {
        throw new UsageException(
            "%s, line %d: expected JSON, found %s"
                .formatted(unanswerable, number, e.getOriginalMessage()));
      }
    }
    return requests;
  }
}
