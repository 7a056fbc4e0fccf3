package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tokenizer.ReplyPart;
import fathom.tokenizer.ToolCallParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Answers that are free until they begin to call a tool, from a model without any sense.
class StrictToolsTest {
  private static final String CALLS_BEGIN = "<｜tool▁calls▁begin｜>";
  private static final String SCHEMA =
      """
      {"type":"object","properties":{"city":{"type":"string","maxLength":12},
       "days":{"type":"integer","minimum":1,"maximum":7}},
       "required":["city","days"],"additionalProperties":false}
      """;
  private static final List<CallBeginning> WEATHER =
      ToolCallStyle.DEEPSEEK_V31.beginnings(Map.of("weather", SCHEMA), 3);

  private static GenerationRequest request(int seed, float bias, String marker, int tokens) {
    return GenerationRequest.builder(Fixtures.prompt(seed, 30))
        .sampling(
            SamplingParameters.builder()
                .seed(seed)
                .maxTokens(tokens)
                .logitBias(Engines.tokenizer().id(marker).orElseThrow(), bias)
                .build())
        .calls(WEATHER)
        .build();
  }

  private static List<String> arguments(String text) {
    ToolCallParser parser = new ToolCallParser();
    List<ReplyPart> parts = new ArrayList<>(parser.accept(text));
    parts.addAll(parser.finish());
    List<String> all = new ArrayList<>();
    for (ReplyPart part : parts) {
      switch (part) {
        case ReplyPart.CallBegin begin -> {
          assertThat(begin.name()).isEqualTo("weather");
          all.add("");
        }
        case ReplyPart.CallArguments more ->
            all.set(all.size() - 1, all.getLast() + more.fragment());
        default -> {
          // Text before the calls is free.
        }
      }
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {CALLS_BEGIN, "<｜tool▁call▁begin｜>"})
  void callsOfAnyModelMatchTheirSchema(String marker) {
    try (Engine engine = Engines.open(new HashModel())) {
      for (int seed = 0; seed < 20; seed++) {
        GenerationResult result = Engines.run(engine, request(seed, 100, marker, 400));
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
        List<String> calls = arguments(result.text());
        assertThat(calls).isNotEmpty().hasSizeLessThanOrEqualTo(3);
        calls.forEach(call -> NaiveValidator.validate(SCHEMA, call));
      }
    }
  }

  @Test
  void callsAreWholeWhereFewTokensAreLeft() {
    try (Engine engine = Engines.open(new HashModel())) {
      for (int seed = 0; seed < 20; seed++) {
        GenerationResult result = Engines.run(engine, request(seed, 100, CALLS_BEGIN, 60));
        assertThat(result.text()).endsWith("<｜tool▁calls▁end｜>");
        arguments(result.text()).forEach(call -> NaiveValidator.validate(SCHEMA, call));
      }
    }
  }

  @Test
  void textBeforeACallIsFree() {
    try (Engine engine = Engines.open(new HashModel())) {
      int called = 0;
      for (int seed = 0; seed < 20; seed++) {
        String text = Engines.run(engine, request(seed, 4, CALLS_BEGIN, 300)).text();
        int begin = text.indexOf(CALLS_BEGIN);
        if (begin > 0) {
          called++;
          assertThat(text.substring(begin)).endsWith("<｜tool▁calls▁end｜>");
        }
      }
      assertThat(called).isPositive();
    }
  }

  @Test
  void anAnswerThatCallsNothingIsWhatItWouldBeAnyway() {
    GenerationRequest strict = request(5, -100, CALLS_BEGIN, 80);
    GenerationRequest free =
        GenerationRequest.builder(strict.prompt()).sampling(strict.sampling()).build();
    try (Engine engine = Engines.open(new HashModel())) {
      assertThat(Engines.run(engine, strict).ids()).isEqualTo(Engines.run(engine, free).ids());
    }
  }

  @Test
  void thoughtsCallNothingAndMayEndTheAnswer() {
    int[] open = Engines.tokenizer().encode("<think>");
    int[] prompt = java.util.Arrays.copyOf(Fixtures.prompt(4, 20), 20 + open.length);
    System.arraycopy(open, 0, prompt, 20, open.length);
    int marker = Engines.tokenizer().id(CALLS_BEGIN).orElseThrow();
    int end = Engines.tokenizer().specialTokens().stops().iterator().next();
    GenerationRequest request =
        GenerationRequest.builder(prompt)
            .sampling(
                SamplingParameters.builder()
                    .seed(3)
                    .maxTokens(200)
                    .logitBias(marker, 20)
                    .logitBias(end, 20)
                    .build())
            .calls(WEATHER)
            .build();
    try (Engine engine = Engines.open(new HashModel())) {
      GenerationResult result = Engines.run(engine, request);
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(result.text()).doesNotContain("weather");
    }
  }
}
