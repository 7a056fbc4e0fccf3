package fathom.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class SuiteReaderTest {
  @TempDir Path folder;

  private static CodeSandbox noSandbox() {
    throw new SandboxException("not wanted here");
  }

  private static Path data() {
    Path data = Path.of(System.getProperty("fathom.shared"), "data");
    assumeTrue(
        Files.isDirectory(data), "skipped: the shared data folder is not beside the checkout");
    return data;
  }

  private Suite own(String lines) throws IOException {
    Path file = folder.resolve("own.jsonl");
    Files.writeString(file, lines);
    return new SuiteReader(folder, SuiteReaderTest::noSandbox).read(file.toString());
  }

  @ParameterizedTest
  @CsvSource({"gsm8k, 1319", "math500, 500", "aime24, 30"})
  void readsThePublishedSuites(String name, int tasks) {
    Suite suite = new SuiteReader(data(), SuiteReaderTest::noSandbox).read(name);
    assertThat(suite.tasks()).hasSize(tasks);
    assertThat(suite.tasks())
        .allMatch(
            t -> t.score(Response.parse("<think>.</think>\\boxed{" + t.answer() + "}")).strict());
  }

  @Test
  void math500HasSubjectsAndLevels() {
    Suite suite = new SuiteReader(data(), SuiteReaderTest::noSandbox).read("math500");
    assertThat(suite.tasks().stream().map(Task::family).distinct()).hasSize(7).contains("Algebra");
    assertThat(suite.tasks().stream().map(Task::difficulty).distinct()).hasSize(5);
  }

  @Test
  void readsOwnFilesWithTheirCheckers() throws IOException {
    Suite suite =
        own(
            """
            {"question":"What is 1 + 1?","answer":"2"}
            {"question":"Reach 24","answer":"24: 3 8","checker":"countdown","family":"c","difficulty":2}

            {"question":"Say hi","answer":"hi","checker":"contains"}
            """);
    assertThat(suite.tasks()).hasSize(3);
    assertThat(suite.tasks().get(1).checker()).isInstanceOf(CountdownChecker.class);
    assertThat(suite.tasks().get(1).family()).isEqualTo("c");
    assertThat(suite.name()).isEqualTo("own");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "{\"question\":\"q\"} @ line 1: expected the text 'answer'",
        "{\"question\":[],\"answer\":\"1\"} @ line 1: expected the text 'question'",
        "[1] @ line 1: expected an object",
        "{\"question @ line 1: no JSON",
        "{\"question\":\"q\",\"answer\":\"1\",\"checker\":\"magic\"} @ found 'magic'",
        "{\"question\":\"q\",\"answer\":\"1\",\"difficulty\":9} @ difficulty from 1 to 5",
        "{\"question\":\"q\",\"answer\":\"1\",\"checker\":\"countdown\"} @ line 1: countdown: expected"
      })
  void namesTheLineOfABadRow(String line, String message) {
    assertThatThrownBy(() -> own(line))
        .isInstanceOf(TaskException.class)
        .hasMessageContaining(message);
  }

  @Test
  void namesWhatIsMissing() {
    SuiteReader reader = new SuiteReader(folder, SuiteReaderTest::noSandbox);
    assertThatThrownBy(() -> reader.read("gsm8k"))
        .isInstanceOf(TaskException.class)
        .hasMessageContaining("gsm8k");
    assertThatThrownBy(() -> reader.read("poetry"))
        .isInstanceOf(TaskException.class)
        .hasMessageContaining("poetry");
    assertThatThrownBy(() -> own("\n\n"))
        .isInstanceOf(TaskException.class)
        .hasMessageContaining("at least one");
  }

  @Test
  void familiesAndTheSafetySuiteAreSuitesToo() {
    SuiteReader reader = new SuiteReader(folder, SuiteReaderTest::noSandbox);
    assertThat(reader.read("equations").tasks()).hasSize(500);
    assertThat(reader.read("safety").tasks()).hasSizeGreaterThan(130);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({"humaneval, 40", "humaneval-x-java, 12"})
  void referenceSolutionsPassAndNothingFails(String name, int count) throws IOException {
    Path data = data();
    CodeSandbox sandbox = CodeSandbox.open(SandboxLimits.usual());
    Suite suite = new SuiteReader(data, () -> sandbox).read(name);
    assertThat(suite.tasks()).hasSize(164);
    var lines = Files.readAllLines(data.resolve(name).resolve("test.jsonl"));
    for (int i = 0; i < count; i++) {
      int row = i * 164 / count;
      JsonNode node = new ObjectMapper().readTree(lines.get(row));
      String solution = node.get("canonical_solution").asString();
      Task task = suite.tasks().get(row);
      assertThat(task.score(Response.parse("```\n" + solution + "\n```")).strict())
          .as(task.id())
          .isTrue();
      String whole = node.get("prompt").asString() + solution;
      assertThat(task.score(Response.parse("```\n" + whole + "\n```")).lenient())
          .as(task.id())
          .isTrue();
      String early =
          name.contains("java") ? "System.exit(0); return null;" : "    import os; os._exit(0)";
      assertThat(task.score(Response.parse("```\n" + early + "\n```")).lenient())
          .as(task.id())
          .isFalse();
    }
  }

  @Tag("long")
  @Test
  void multiplEProgramsCompileAroundAnAnswer() {
    CodeSandbox sandbox = CodeSandbox.open(SandboxLimits.usual());
    Suite suite = new SuiteReader(data(), () -> sandbox).read("humaneval-java");
    Task first = suite.tasks().getFirst();
    String body =
        """
                for (int i = 0; i < numbers.size(); i++)
                    for (int j = 0; j < i; j++)
                        if (Math.abs(numbers.get(i) - numbers.get(j)) < threshold) return true;
                return false;
            }
        """;
    assertThat(first.score(Response.parse("```java\n" + body + "```")).lenient()).isTrue();
    assertThat(first.score(Response.parse("```java\nreturn true;\n```")).lenient()).isFalse();
    assertThat(first.score(Response.parse("```java\nSystem.exit(0); return true;\n```")).lenient())
        .isFalse();
  }
}
