package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SchemaPropertyTest {
  /// A model without any sense, under any schema, with many tokens or few: the answer validates.
  @Property(tries = 250)
  void whateverIsWrittenUnderAnySchemaValidates(@ForAll long seed) {
    String schema = new RandomSchemas(seed).next();
    CompiledGrammar grammar;
    try {
      grammar = Grammars.compile(Grammar.jsonSchema(schema));
    } catch (UnsupportedSchemaException e) {
      assertThat(e).as(schema).hasMessageContaining("no finite value can match");
      return;
    }
    int least = grammar.current(null).distance();
    for (int run = 0; run < 6; run++) {
      Random random = new Random(seed + run);
      String text = Grammars.write(grammar, random, least + random.nextInt(150));
      NaiveValidator.validate(schema, text);
    }
  }

  /// What the grammar wrote it also accepts when it is written in another layout.
  @Property(tries = 60)
  void layoutDoesNotMatter(@ForAll long seed) {
    String schema = new RandomSchemas(seed).next();
    Grammar grammar;
    try {
      grammar = Grammar.jsonSchema(schema);
    } catch (UnsupportedSchemaException e) {
      assertThat(e).as(schema).hasMessageContaining("no finite value can match");
      return;
    }
    CompiledGrammar compiled = Grammars.compile(grammar);
    String text =
        Grammars.write(compiled, new Random(seed), compiled.current(null).distance() + 60);
    JsonNode value = JsonMapper.shared().readTree(text);
    if (!text.contains("\\u") && !text.contains(".") && !text.matches("(?s).*\\d[eE].*")) {
      assertThat(Grammars.accepts(grammar, value.toString()))
          .as("%s under %s", value, schema)
          .isTrue();
      assertThat(Grammars.accepts(grammar, value.toPrettyString().replace(" : ", ": ")))
          .as("%s under %s", value.toPrettyString(), schema)
          .isTrue();
    }
  }

  @Test
  void constantsThatHoldOthersMayBeLaidOutFreely() {
    Grammar grammar = Grammar.jsonSchema("{\"enum\": [[true, \"x\"], {\"a\": [1, {}]}, 7]}");
    assertThat(Grammars.accepts(grammar, "[true,\"x\"]")).isTrue();
    assertThat(Grammars.accepts(grammar, "[ true, \"x\" ]")).isTrue();
    assertThat(Grammars.accepts(grammar, "{\"a\": [1, {}]}")).isTrue();
    assertThat(Grammars.accepts(grammar, "7")).isTrue();
    assertThat(Grammars.accepts(grammar, "[true]")).isFalse();
    assertThat(Grammars.accepts(grammar, "{\"a\":[1,{\"b\":2}]}")).isFalse();
  }
}
