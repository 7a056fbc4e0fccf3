package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fathom.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// What a grammar costs over a real vocabulary of 129,280 tokens.
class GrammarSpeedTest {
  private static final String SCHEMA =
      """
      {"type":"object","properties":{
        "title":{"type":"string"},
        "year":{"type":"integer","minimum":1900,"maximum":2100},
        "authors":{"type":"array","items":{"type":"object","properties":{
           "name":{"type":"string","maxLength":80},"email":{"type":"string","format":"email"},
           "born":{"type":"string","format":"date"}},
           "required":["name","email"],"additionalProperties":false}},
        "abstract":{"type":"string"},
        "score":{"type":"number"},
        "keywords":{"type":"array","items":{"type":"string"}}},
       "required":["title","year","authors","abstract"],"additionalProperties":false}
      """;

  private static final String ANSWER =
      """
      {
        "title": "On the cost of grammars in generation – a \\"study\\"",
        "year": 2024,
        "authors": [
          {"name": "Ada Lovelace", "email": "ada.lovelace@example.org", "born": "1915-12-10"},
          {"name": "Grace Hopper", "email": "grace@navy.example", "born": "1906-12-09"}
        ],
        "abstract": "We measure how long it takes to exclude the tokens that a schema does not\
       allow, state by state, and find that most states were seen before. 我们测量。",
        "score": 0.875,
        "keywords": ["grammar", "JSON", "decoding"]
      }""";

  private record Cost(double firstMillis, double meanMillis, double worstMillis, int steps) {}

  private static Cost follow(CompiledGrammar grammar, int[] ids) {
    float[] logits = new float[Grammars.REAL_VOCABULARY];
    GrammarMask mask = new GrammarMask(grammar);
    double first = 0;
    double worst = 0;
    double sum = 0;
    for (int i = 0; i < ids.length; i++) {
      java.util.Arrays.fill(logits, 0);
      long begin = System.nanoTime();
      mask.apply(logits, 100_000);
      assertThat(logits[ids[i]]).as("token %d of the answer", i).isZero();
      mask.accept(ids[i]);
      double millis = (System.nanoTime() - begin) / 1e6;
      first = i == 0 ? millis : first;
      worst = Math.max(worst, millis);
      sum += millis;
    }
    assertThat(mask.complete()).isTrue();
    return new Cost(first, sum / ids.length, worst, ids.length);
  }

  @Test
  void aStepCostsFarLessThanAModelsStep() {
    Path directory =
        Path.of(System.getProperty("fathom.shared")).resolve("fixtures/tokenizers/deepseek-v3");
    assumeTrue(Files.isDirectory(directory), "skipped: no real tokenizer at " + directory);
    Tokenizer tokenizer = Tokenizer.open(directory);
    GrammarShelf shelf = new GrammarShelf(tokenizer, Grammars.REAL_VOCABULARY);
    int[] ids = tokenizer.encode(ANSWER);
    follow(shelf.get(Grammar.jsonObject()), ids); // so that the compiler has seen the code
    CompiledGrammar grammar = shelf.get(Grammar.jsonSchema(SCHEMA));
    Cost cold = follow(grammar, ids);
    Cost warm = follow(grammar, ids);
    String measured = "cold %s, warm %s".formatted(cold, warm);
    assertThat(warm.meanMillis()).as(measured).isLessThan(2);
    assertThat(cold.meanMillis()).as(measured).isLessThan(25);
  }
}
