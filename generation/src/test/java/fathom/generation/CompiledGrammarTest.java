package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompiledGrammarTest {
  private static Set<Integer> tokens(long[] mask) {
    Set<Integer> tokens = new TreeSet<>();
    for (int word = 0; word < mask.length; word++) {
      for (int bit = 0; bit < 64; bit++) {
        if ((mask[word] >>> bit & 1) != 0) {
          tokens.add(64 * word + bit);
        }
      }
    }
    return tokens;
  }

  private static Set<Integer> naive(GrammarStates.State state, int within) {
    Set<Integer> tokens = new TreeSet<>();
    for (int id = 0; id < Grammars.trie().vocabulary(); id++) {
      byte[] string = Grammars.trie().string(id);
      GrammarStates.State after = state.next(string);
      if (string.length > 0 && !after.dead() && after.distance() <= within) {
        tokens.add(id);
      }
    }
    return tokens;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'object'}",
        "{'type':'array','items':{'type':'number'}}",
        "{'properties':{'a':{'type':'string'},'b':{'type':'integer','maximum':50}}}",
        "{'type':'string','pattern':'^(ab|cd)*$','maxLength':9}",
        "{'anyOf':[{'enum':['one','only','two']},{'type':'boolean'},{'minLength':3}]}",
        "{'properties':{'k':{}},'required':['k'],'additionalProperties':{'type':'null'}}"
      })
  void theTokensAreThoseThatTheNaiveTwinFinds(String schema) {
    CompiledGrammar grammar = Grammars.compile(Grammar.jsonSchema(schema.replace('\'', '"')));
    Random random = new Random(3);
    for (int run = 0; run < 12; run++) {
      GrammarStates.State state = grammar.current(null);
      for (int step = 0; step < 25 && !state.exhausted(); step++) {
        Set<Integer> allowed = tokens(grammar.tokens(state));
        assertThat(allowed).isEqualTo(naive(state, ByteNetwork.NEVER));
        int bound = state.farthest();
        for (int token : allowed) {
          assertThat(grammar.after(state, token).distance()).isLessThanOrEqualTo(bound);
        }
        int within = random.nextInt(12);
        assertThat(tokens(grammar.tokensWithin(state, within))).isEqualTo(naive(state, within));
        state =
            grammar.after(
                state,
                allowed.stream().skip(random.nextInt(allowed.size())).findFirst().orElseThrow());
      }
    }
  }

  @Test
  void freshMemoryDoesNotChangeTheState() {
    CompiledGrammar grammar = Grammars.compile(Grammar.jsonObject());
    GrammarStates.State state = grammar.current(null);
    // Every bracket is a new stack; the memory is exchanged several times on the way.
    int open = Engines.tokenizer().encode("[")[0];
    state = state.next("{\"a\":".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    for (int depth = 0; depth < 500; depth++) {
      grammar.tokens(state);
      state = grammar.current(grammar.after(state, open));
      if (state.dead()) {
        break;
      }
    }
    assertThat(state.dead()).isFalse();
    byte[] close = ("]".repeat(500) + "}").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    assertThat(state.next(close).complete()).isTrue();
  }

  @Test
  void aSpecialTokenIsMetOnlyWhereItIsNamed() {
    int end = Engines.tokenizer().id("<｜end▁of▁sentence｜>").orElseThrow();
    CompiledGrammar free = Grammars.compile(Grammar.text());
    assertThat(tokens(free.tokens(free.current(null)))).doesNotContain(end).hasSizeGreaterThan(880);
    GrammarShelf shelf = new GrammarShelf(Engines.tokenizer(), 1024);
    CompiledGrammar named = shelf.get(Grammar.literal("<｜end▁of▁sentence｜>"));
    assertThat(tokens(named.tokens(named.current(null)))).containsExactly(end);
  }

  @Test
  void theShelfKeepsGrammarsByTheirMeaning() {
    GrammarShelf shelf = new GrammarShelf(Engines.tokenizer(), 1024);
    CompiledGrammar first = shelf.get(Grammar.jsonSchema("{\"type\": \"integer\"}"));
    assertThat(shelf.get(Grammar.jsonSchema("{ \"type\":\"integer\" }"))).isSameAs(first);
    assertThat(shelf.get(Grammar.jsonSchema("{\"type\":\"number\"}"))).isNotSameAs(first);
  }
}
