package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ThinkingTest {
  private static int[] prompt(String text) {
    return Engines.tokenizer().encode(text);
  }

  private static GenerationResult run(String prompt, int budget, int tokens) {
    SamplingParameters.Builder sampling =
        SamplingParameters.builder().temperature(0).maxTokens(tokens);
    try (Engine engine = Engines.open(new HashModel())) {
      return Engines.run(
          engine,
          Engines.request(prompt(prompt), budget < 0 ? sampling : sampling.thinkingBudget(budget)));
    }
  }

  @Test
  void aThoughtThatUsesUpItsBudgetIsClosed() {
    GenerationResult result = run("Why? <think>\n", 25, 80);
    int[] close = prompt("</think>");
    assertThat(Arrays.copyOfRange(result.ids(), 25, 25 + close.length)).isEqualTo(close);
    assertThat(result.text()).contains("</think>");
    assertThat(result.usage().thinkingTokens()).isEqualTo(25 + close.length);
  }

  @Test
  void aBudgetOfNothingClosesAtOnce() {
    assertThat(run("Why? <think>\n", 0, 30).text()).startsWith("</think>");
  }

  @Test
  void outsideOfAThoughtTheBudgetMeansNothing() {
    GenerationResult result = run("Why? <think>because</think>", 0, 30);
    assertThat(result.ids())
        .isEqualTo(EngineTest.naiveGreedy(prompt("Why? <think>because</think>"), 30));
    assertThat(result.usage().thinkingTokens()).isZero();
  }

  @Test
  void withoutABudgetNothingIsForced() {
    GenerationResult result = run("Why? <think>", -1, 40);
    assertThat(result.ids()).isEqualTo(EngineTest.naiveGreedy(prompt("Why? <think>"), 40));
    assertThat(result.usage().thinkingTokens()).isEqualTo(40);
  }

  @Test
  void aThoughtThatTheModelOpensItselfCounts() {
    Thinking.Marks marks = new Thinking.Marks(Engines.tokenizer());
    int[] before = prompt("Hello");
    Thinking thinking = new Thinking(marks, before, before.length, 3);
    for (int id : prompt("Hm <think>")) {
      thinking.accept(id);
    }
    assertThat(thinking.inside()).isTrue();
    assertThat(thinking.forced()).isIn(-1, prompt("</think>")[0]);
    for (int id : prompt("</think>")) {
      thinking.accept(id);
    }
    assertThat(thinking.inside()).isFalse();
    assertThat(thinking.forced()).isEqualTo(-1);
  }
}
