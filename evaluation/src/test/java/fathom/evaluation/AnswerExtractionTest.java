package fathom.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerExtractionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "So \\boxed{42}. @ 42",
        "\\boxed{1} then \\boxed{\\frac{1}{2}} @ \\frac{1}{2}",
        "\\boxed{\\{1,2\\}} @ \\{1,2\\}",
        "\\boxed 7 @ 7",
        "\\boxed{3} and the start of \\boxed{4 @ 3",
        "The answer is 12. @ 12",
        "The answer is 12.5. @ 12.5",
        "Answer: 12 @ 12",
        "The final answer is: x = 3. @ x = 3",
        "<answer> 9 </answer> @ 9",
        "The answer is 4. No, the answer is 5. @ 5"
      })
  void findsTheMarkedAnswer(String text, String answer) {
    assertThat(AnswerExtraction.marked(text)).contains(answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "twelve",
        "\\boxed{",
        "\\boxed",
        "The answer is ",
        "the unanswerable is 5 here"
      })
  void findsNoMarkedAnswerWhereThereIsNone(String text) {
    assertThat(AnswerExtraction.marked(text)).isEmpty();
  }

  @Test
  void looseNumbersAndHashesCountLeniently() {
    assertThat(AnswerExtraction.anywhere(Response.parse("it costs $1,234.50 in all")))
        .contains("$1,234.50");
    assertThat(AnswerExtraction.anywhere(Response.parse("bla\n#### 18"))).contains("18");
    assertThat(AnswerExtraction.anywhere(Response.parse("<think>\n7*6=42"))).contains("42");
  }

  @Test
  void aMillionBoxesEndSoon() {
    assertThat(AnswerExtraction.marked("\\boxed{".repeat(200_000))).isEmpty();
  }

  @Test
  void responsesAreSplitAtTheThinkingBlock() {
    Response response = Response.parse("<think>\na\n</think>\n\nb");
    assertThat(response.reasoning()).isEqualTo("a");
    assertThat(response.content()).isEqualTo("b");
    assertThat(response.wellFormed()).isTrue();
    assertThat(Response.parse("a</think>b").wellFormed()).isTrue();
    assertThat(Response.parse("<think>a").wellFormed()).isFalse();
    assertThat(Response.parse("x<think>a</think>b").wellFormed()).isFalse();
    assertThat(Response.parse("<think>a</think>b</think>c").wellFormed()).isFalse();
    assertThat(Response.parse("plain").content()).isEqualTo("plain");
  }

  @Test
  void strictScoringWantsTheFormAndLenientOnlyTheAnswer() {
    Checker math = new MathChecker();
    assertThat(math.score("42", Response.parse("<think>x</think>The answer is 42.")))
        .isEqualTo(new Score(true, true, "42"));
    assertThat(math.score("42", Response.parse("<think>x</think>It makes 42 eggs")))
        .isEqualTo(new Score(false, true, "42"));
    assertThat(math.score("42", Response.parse("<think>6*7=42")))
        .isEqualTo(new Score(false, true, "42"));
    assertThat(
            math.score("42", Response.parse("<think>x</think>The answer is 42.", "length", 9))
                .strict())
        .isFalse();
    assertThat(math.score("42", Response.parse("The answer is 24.")).lenient()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "24: 3 8 5 @ 3 * 8 @ true",
        "24: 3 8 5 @ 8 * 3 = 24 @ true",
        "24: 3 8 5 @ 8 * 3 = 25 @ false",
        "24: 3 8 5 @ 24 @ false",
        "24: 3 8 5 @ 3 * 8 * 1 @ false",
        "24: 3 3 8 8 @ 8 / (3 - 8 / 3) @ true",
        "6: 3 @ 3 + 3 @ false",
        "24: 12 2 @ 12 × 2 @ true",
        "1: 2 3 @ 3 - 2 @ true",
        "9: 3 2 @ 3^2 @ false",
        "6: 3 @ 3! @ false",
        "7: 7 @ ((((( @ false"
      })
  void countdownWantsTheGivenNumbersOnce(String puzzle, String formula, boolean solved) {
    Response response = Response.parse("<think>x</think>The answer is " + formula + ".");
    assertThat(new CountdownChecker().score(puzzle, response).strict()).isEqualTo(solved);
  }
}
