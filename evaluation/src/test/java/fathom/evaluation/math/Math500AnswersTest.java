package fathom.evaluation.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fathom.evaluation.AnswerExtraction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// MATH-500's own answers against themselves in other clothes.
class Math500AnswersTest {
  private static List<JsonNode> rows() throws IOException {
    Path file = Path.of(System.getProperty("fathom.shared"), "data", "math500", "test.jsonl");
    assumeTrue(Files.exists(file), "skipped: the shared data folder is not beside the checkout");
    ObjectMapper json = new ObjectMapper();
    List<JsonNode> rows = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      rows.add(json.readTree(line));
    }
    return rows;
  }

  private static List<String> answers() throws IOException {
    return rows().stream().map(row -> row.get("answer").asString()).toList();
  }

  @Test
  void everyAnswerEqualsItself() throws IOException {
    List<String> answers = answers();
    assertThat(answers).hasSize(500).allMatch(answer -> MathEquality.equal(answer, answer));
  }

  @Test
  void everyAnswerButWordsIsReadAsMathematics() throws IOException {
    List<String> words =
        answers().stream()
            .filter(a -> MathFormParser.parse(LatexText.clean(a)) instanceof MathForm.Words)
            .toList();
    assertThat(words).allMatch(a -> a.startsWith("\\text{")).hasSizeLessThan(12);
  }

  @Test
  void everyAnswerEqualsItsReformattedVariants() throws IOException {
    for (String answer : answers()) {
      List<String> variants =
          List.of(
              "$" + answer + "$",
              "\\(" + answer + "\\)",
              " " + answer + " .",
              answer.replace("\\frac", "\\dfrac").replace("\\ddfrac", "\\dfrac"),
              answer.replace("\\left", "").replace("\\right", ""),
              answer.replace("+", " + ").replace(" - ", "-"),
              answer
                  .replace("(", "\\left(")
                  .replace(")", "\\right)")
                  .replace("\\left\\left", "\\left")
                  .replace("\\right\\right", "\\right"),
              answer.replace("\\pi", "π"),
              answer.replaceAll("(?<!\\d ?)\\\\frac\\{(\\d+)\\}\\{(\\d+)\\}", "($1/$2)"),
              answer.replaceAll("\\\\sqrt\\{(\\d+)\\}", "\\\\sqrt $1 "));
      for (String variant : variants) {
        assertThat(MathEquality.equal(answer, variant))
            .as("%s against %s", answer, variant)
            .isTrue();
      }
    }
  }

  @Test
  void everyNumberDiffersFromItsNeighbours() throws IOException {
    for (String answer : answers()) {
      if (answer.matches("-?\\d+")) {
        assertThat(MathEquality.equal(answer, answer + "0")).isEqualTo(answer.equals("0"));
        assertThat(MathEquality.equal(answer, answer + "1")).isFalse();
        assertThat(MathEquality.equal(answer, answer + ".5")).isFalse();
        assertThat(MathEquality.equal(answer, "-" + answer)).isEqualTo(answer.equals("0"));
      }
    }
  }

  @Test
  void differentAnswersOfDifferentProblemsDiffer() throws IOException {
    List<String> answers = answers().stream().distinct().limit(50).toList();
    int equalPairs = 0;
    for (String first : answers) {
      for (String second : answers) {
        if (!first.equals(second) && MathEquality.equal(first, second)) {
          equalPairs++;
        }
      }
    }
    assertThat(equalPairs).isLessThan(20);
  }

  @Test
  void theBoxOfEverySolutionHoldsItsAnswer() throws IOException {
    for (JsonNode row : rows()) {
      assertThat(AnswerExtraction.marked(row.get("solution").asString()))
          .contains(row.get("answer").asString().strip());
    }
  }
}
