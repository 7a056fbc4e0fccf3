package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConstrainedAnswerTest {
  private static final String SCHEMA =
      """
      {"type":"object","properties":{"answer":{"type":"integer","minimum":0,"maximum":500},
       "why":{"type":"array","items":{"type":"string","maxLength":30},"maxItems":4}},
       "required":["answer","why"],"additionalProperties":false}
      """;

  private static GenerationRequest request(int seed, int tokens, double temperature) {
    return GenerationRequest.builder(Fixtures.prompt(seed, 30))
        .sampling(
            SamplingParameters.builder()
                .temperature(temperature)
                .seed(seed)
                .maxTokens(tokens)
                .build())
        .grammar(Grammar.jsonSchema(SCHEMA))
        .build();
  }

  @ParameterizedTest
  @ValueSource(ints = {25, 40, 80, 300})
  void answersAreWholeAndValidHoweverFewTokensTheyMayHave(int tokens) {
    try (Engine engine = Engines.open(new HashModel())) {
      for (int seed = 0; seed < 30; seed++) {
        GenerationResult result = Engines.run(engine, request(seed, tokens, seed % 2 == 0 ? 1 : 0));
        NaiveValidator.validate(SCHEMA, result.text());
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      }
    }
  }

  @Test
  void draftingChangesNothing() {
    for (int seed = 0; seed < 6; seed++) {
      int[] plain;
      try (Engine engine = Engines.open(new HashModel())) {
        plain = Engines.run(engine, request(seed, 100, 1)).ids();
      }
      try (Engine engine = Engines.open(new HashModel(0.8))) {
        assertThat(Engines.run(engine, request(seed, 100, 1)).ids()).isEqualTo(plain);
        assertThat(engine.statistics().speculation().drafted()).isPositive();
      }
    }
  }

  @Test
  void afterAThoughtTheGrammarBegins() {
    int[] prompt = Fixtures.prompt(4, 20);
    int[] open = Engines.tokenizer().encode("<think>\n");
    int[] whole = java.util.Arrays.copyOf(prompt, prompt.length + open.length);
    System.arraycopy(open, 0, whole, prompt.length, open.length);
    GenerationRequest request =
        GenerationRequest.builder(whole)
            .sampling(
                SamplingParameters.builder().seed(3).maxTokens(300).thinkingBudget(20).build())
            .grammarAfterThinking(Grammar.jsonSchema(SCHEMA))
            .build();
    try (Engine engine = Engines.open(new HashModel())) {
      GenerationResult result = Engines.run(engine, request);
      int close = result.text().indexOf("</think>");
      assertThat(close).isPositive();
      NaiveValidator.validate(SCHEMA, result.text().substring(close + "</think>".length()));
      assertThat(result.usage().thinkingTokens()).isBetween(20, 40);
    }
  }
}
