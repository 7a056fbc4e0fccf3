package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/// Grammars for tests: what they accept, and what comes out when a model without any sense writes
/// under them.
final class Grammars {
  static final int REAL_VOCABULARY = 129_280;
  private static final int VOCABULARY = 1024;
  private static final TokenTrie TRIE = TokenTrie.of(Engines.tokenizer(), VOCABULARY);

  private Grammars() {}

  static TokenTrie trie() {
    return TRIE;
  }

  static ByteNetwork network(Grammar grammar) {
    return grammar.network(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  static CompiledGrammar compile(Grammar grammar) {
    return new CompiledGrammar(network(grammar), TRIE);
  }

  /// Whether the grammar accepts a text as a whole.
  static boolean accepts(Grammar grammar, String text) {
    return new GrammarStates(network(grammar))
        .start()
        .next(text.getBytes(StandardCharsets.UTF_8))
        .complete();
  }

  static boolean accepts(String schema, String text) {
    return accepts(Grammar.jsonSchema(schema.replace('\'', '"')), text.replace('\'', '"'));
  }

  /// Random tokens under a grammar until it is complete and a coin says so, or nothing can follow
  /// (in the tokens that are left), or `most` tokens are written.
  static String write(CompiledGrammar grammar, Random random, int most) {
    GrammarMask mask = new GrammarMask(grammar);
    StringBuilder ids = new StringBuilder();
    fathom.tokenizer.StreamingDecoder decoder = Engines.tokenizer().newStreamingDecoder();
    float[] logits = new float[VOCABULARY];
    for (int written = 0; written < most; written++) {
      if (mask.exhausted() || (mask.complete() && random.nextInt(4) == 0)) {
        break;
      }
      java.util.Arrays.fill(logits, 0);
      mask.apply(logits, most - written);
      int id = pick(logits, random);
      if (id < 0 && mask.complete()) {
        break; // as the engine does, which allows the end of text wherever the grammar may end
      }
      assertThat(id).as("a token that may follow %s", ids).isNotNegative();
      mask.accept(id);
      ids.append(decoder.accept(id));
    }
    return ids.append(decoder.finish()).toString();
  }

  /// One of the tokens that are not excluded, or -1 if all are.
  private static int pick(float[] logits, Random random) {
    int id = random.nextInt(logits.length);
    for (int i = 0; i < logits.length; i++) {
      if (logits[id] == 0) {
        return id;
      }
      id = (id + 1) % logits.length;
    }
    return -1;
  }
}
