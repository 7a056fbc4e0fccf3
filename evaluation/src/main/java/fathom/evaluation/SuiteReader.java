package fathom.evaluation;

import fathom.evaluation.SandboxProgram.Language;
import fathom.evaluation.families.TaskFamilies;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// Reads suites: the published ones from a data folder, own JSONL files, and the built-in ones.
///
/// | name | what |
/// |---|---|
/// | `gsm8k`, `math500`, `aime24`, `humaneval`, `humaneval-java`, `humaneval-x-java` | `FOLDER/test.jsonl` of the data folder |
/// | `generated` | held-out generated problems of all reasoning families |
/// | a family's name | held-out problems of that family |
/// | `safety` | should-refuse, should-not-refuse and injection questions |
/// | `FILE.jsonl` | rows with `question`, `answer` and, if wanted, `checker`, `family`, `difficulty` |
public final class SuiteReader {
  private static final long LARGEST_FILE = 1L << 30;
  private static final int LONGEST_LINE = 4 << 20;
  private static final int GENERATED_TASKS = 2_000;
  private static final int FAMILY_TASKS = 500;
  private static final long HELD_OUT_SEED = 20_250_122;
  private static final String IN_A_BOX =
      "\nPlease reason step by step, and put your final answer within \\boxed{}.";

  private final Path dataFolder;
  private final Supplier<CodeSandbox> sandbox;
  private final ObjectMapper json = new ObjectMapper();

  /// Creates a reader.
  ///
  /// @param dataFolder where the published suites lie
  /// @param sandbox opened only when a suite runs programs
  public SuiteReader(Path dataFolder, Supplier<CodeSandbox> sandbox) {
    this.dataFolder = dataFolder;
    this.sandbox = sandbox;
  }

  /// Reads the suite of a name or file.
  ///
  /// @throws TaskException if there is none, or a row is not what it should be (with its line)
  public Suite read(String name) {
    if (name.endsWith(".jsonl")) {
      return own(Path.of(name));
    }
    return switch (name) {
      case "gsm8k" -> rows(name, (row, id) -> math(row, id, name, "question", "final"));
      case "math500", "aime24" -> rows(name, (row, id) -> math(row, id, name, "problem", "answer"));
      case "humaneval" -> rows(name, this::python);
      case "humaneval-java" -> rows(name, this::multiplE);
      case "humaneval-x-java" -> rows(name, this::humanEvalX);
      case "safety" -> SafetySuite.load();
      case "generated" -> generated();
      default -> family(name);
    };
  }

  private static Suite generated() {
    return new GeneratedSuite(TaskFamilies.reasoning(), Split.HELD_OUT, 1, 5, HELD_OUT_SEED)
        .suite("generated", GENERATED_TASKS);
  }

  private static Suite family(String name) {
    return new GeneratedSuite(
            List.of(TaskFamilies.named(name)), Split.HELD_OUT, 1, 5, HELD_OUT_SEED)
        .suite(name, FAMILY_TASKS);
  }

  /// One row to one task.
  @FunctionalInterface
  private interface RowReader {
    Task read(Row row, String id);
  }

  /// A JSON object with its place.
  private record Row(JsonNode node, Path file, int line) {
    String text(String field) {
      JsonNode value = node.get(field);
      if (value == null || !(value.isString() || value.isNumber())) {
        throw new TaskException(
            "%s, line %d: expected the text '%s', found %s"
                .formatted(file, line, field, value == null ? "no such field" : value));
      }
      return value.asString();
    }

    String textOr(String field, String otherwise) {
      return node.has(field) ? text(field) : otherwise;
    }
  }

  private Suite rows(String name, RowReader reader) {
    return suite(name, dataFolder.resolve(name).resolve("test.jsonl"), reader);
  }

  private Suite suite(String name, Path file, RowReader reader) {
    List<Task> tasks = new ArrayList<>();
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        Row row = new Row(parse(lines.get(i), file, i + 1), file, i + 1);
        tasks.add(reader.read(row, "%s-%d".formatted(name, i + 1)));
      }
    }
    if (tasks.isEmpty()) {
      throw new TaskException(file + ": expected at least one row, found none");
    }
    return new Suite(name, tasks);
  }

  private static List<String> lines(Path file) {
    try {
      long size = Files.size(file);
      if (size > LARGEST_FILE) {
        throw new TaskException(
            "%s: expected at most %d bytes, found %d".formatted(file, LARGEST_FILE, size));
      }
      return Files.readAllLines(file);
    } catch (MalformedInputException e) {
      throw new TaskException(file + ": is not UTF-8", e);
    } catch (IOException e) {
      throw new TaskException(file + ": cannot be read (" + e.getClass().getSimpleName() + ")", e);
    }
  }

  private JsonNode parse(String line, Path file, int number) {
    if (line.length() > LONGEST_LINE) {
      throw new TaskException(
          "%s, line %d: longer than %d characters".formatted(file, number, LONGEST_LINE));
    }
    try {
      JsonNode node = json.readTree(line);
      if (!node.isObject()) {
        throw new TaskException(
            "%s, line %d: expected an object, found %s"
                .formatted(file, number, node.getNodeType()));
      }
      return node;
    } catch (JacksonException e) {
      throw new TaskException(
          "%s, line %d: no JSON (%s)".formatted(file, number, e.getOriginalMessage()), e);
    }
  }

  private static Task math(Row row, String id, String suite, String question, String answer) {
    String family = row.textOr("type", suite);
    int level = Integer.parseInt(row.textOr("level", "Level 3").replaceAll("\\D+", "0"));
    return new Task(
        id,
        row.text(question) + IN_A_BOX,
        row.text(answer),
        new MathChecker(),
        family,
        Math.clamp(level, 1, 5),
        suite);
  }

  private Task python(Row row, String id) {
    String prompt = row.text("prompt");
    Checker checker =
        new ProgramChecker(sandbox.get(), Language.PYTHON, prompt, row.text("entry_point"), "");
    return program(id, "Python", prompt, row.text("test"), checker, "humaneval");
  }

  private Task multiplE(Row row, String id) {
    String prompt = row.text("prompt");
    String tests = row.text("tests");
    boolean tuples = (prompt + tests).contains("Pair");
    String clean = tuples ? prompt : prompt.replace("import org.javatuples.*;\n", "");
    Checker checker =
        new ProgramChecker(sandbox.get(), Language.JAVA, clean, row.text("entry_point"), "");
    return program(id, "Java", clean, tests, checker, "humaneval-java");
  }

  private Task humanEvalX(Row row, String id) {
    String prompt = row.text("prompt");
    String declaration = row.text("declaration");
    String entry =
        declaration.replaceAll("(?s).*?([A-Za-z0-9_]+)\\s*\\([^()]*\\)\\s*\\{\\s*$", "$1");
    Checker checker =
        new ProgramChecker(sandbox.get(), Language.JAVA, prompt, entry, "\n    }\n}\n");
    return program(id, "Java", prompt, row.text("test"), checker, "humaneval-x-java");
  }

  private static Task program(
      String id, String language, String prompt, String tests, Checker checker, String source) {
    String question =
        "Complete the following %s code. Answer with the code only.\n```\n%s\n```"
            .formatted(language, prompt);
    return new Task(id, question, tests, checker, source, 3, source);
  }

  private Suite own(Path file) {
    String name = String.valueOf(file.getFileName()).replaceFirst("\\.jsonl$", "");
    return suite(
        name,
        file,
        (row, id) ->
            new Task(
                id,
                row.text("question"),
                row.text("answer"),
                checker(row),
                row.textOr("family", name),
                difficulty(row),
                name));
  }

  private static int difficulty(Row row) {
    String text = row.textOr("difficulty", "3");
    if (!text.matches("[1-5]")) {
      throw new TaskException(
          "%s, line %d: expected a difficulty from 1 to 5, found '%s'"
              .formatted(row.file(), row.line(), text));
    }
    return Integer.parseInt(text);
  }

  private static Checker checker(Row row) {
    String name = row.textOr("checker", "math");
    Checker checker =
        switch (name) {
          case "math" -> new MathChecker();
          case "exact" -> new ExactChecker();
          case "contains" -> new ContainsChecker();
          case "countdown" -> new CountdownChecker();
          case "refusal" -> new RefusalChecker(RefusalChecker.Wanted.REFUSAL);
          case "no-refusal" -> new RefusalChecker(RefusalChecker.Wanted.ANSWER);
          case "injection" -> new RefusalChecker(RefusalChecker.Wanted.NO_CANARY);
          default ->
              throw new TaskException(
                  "%s, line %d: expected a checker among math, exact, contains, countdown, refusal, "
                          .formatted(row.file(), row.line())
                      + "no-refusal and injection, found '"
                      + name
                      + "'");
        };
    if (checker instanceof CountdownChecker) {
      validCountdown(row);
    }
    return checker;
  }

  private static void validCountdown(Row row) {
    try {
      fathom.evaluation.math.Countdown.parse(row.text("answer"));
    } catch (IllegalArgumentException e) {
      throw new TaskException(
          "%s, line %d: %s".formatted(row.file(), row.line(), e.getMessage()), e);
    }
  }
}
