package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class TokenTrieTest {
  private static final TokenTrie TRIE = Grammars.trie();

  @Test
  void everyTokenWithBytesStandsAtItsNode() {
    Set<Integer> met = new TreeSet<>();
    byte[] path = new byte[TRIE.deepest()];
    for (int node = 0; node < TRIE.nodes(); node++) {
      int depth = TRIE.depth(node);
      path[depth - 1] = (byte) TRIE.value(node);
      int end = TRIE.firstToken(TRIE.end(node));
      for (int i = TRIE.firstToken(node); i < end && TRIE.endsAt(i, node); i++) {
        assertThat(TRIE.string(TRIE.token(i))).isEqualTo(Arrays.copyOf(path, depth));
        met.add(TRIE.token(i));
      }
    }
    Set<Integer> expected = new TreeSet<>();
    for (int id = 0; id < TRIE.vocabulary(); id++) {
      if (TRIE.string(id).length > 0) {
        expected.add(id);
      }
    }
    assertThat(met).isEqualTo(expected).hasSizeGreaterThan(900);
  }

  @Test
  void whatIsBelowANodeEndsBeforeItsEnd() {
    for (int node = 0; node < TRIE.nodes(); node++) {
      int end = TRIE.end(node);
      for (int below = node + 1; below < end; below++) {
        assertThat(TRIE.depth(below)).isGreaterThan(TRIE.depth(node));
      }
      if (end < TRIE.nodes()) {
        assertThat(TRIE.depth(end)).isLessThanOrEqualTo(TRIE.depth(node));
      }
    }
  }

  @Test
  void allTokensBelowANodeBeginAsItDoes() {
    for (int node = 0; node < TRIE.nodes(); node += 3) {
      byte[] before = TRIE.before(node);
      int end = TRIE.firstToken(TRIE.end(node));
      assertThat(TRIE.firstToken(node)).isLessThan(end);
      for (int i = TRIE.firstToken(node); i < end; i++) {
        byte[] string = TRIE.string(TRIE.token(i));
        assertThat(Arrays.copyOf(string, before.length)).isEqualTo(before);
        assertThat(string[before.length] & 0xff).isEqualTo(TRIE.value(node));
      }
    }
  }

  @Test
  void plainBelowMeansNothingButPlainBytes() {
    for (int node = 0; node < TRIE.nodes(); node++) {
      boolean plain = true;
      for (int below = node + 1; below < TRIE.end(node); below++) {
        plain &= TokenTrie.plain(TRIE.value(below));
      }
      assertThat(TRIE.plainBelow(node)).isEqualTo(plain);
    }
  }

  @Test
  void specialTokensStandUnderTheirNumber() {
    int end = Engines.tokenizer().id("<｜end▁of▁sentence｜>").orElseThrow();
    assertThat(TRIE.string(end)).isEqualTo(new byte[] {-1, 0, 0, (byte) end});
  }

  @Test
  void controlTokensAreNoTextEvenIfNothingMarksThemSpecial() {
    int user = Engines.tokenizer().id("<｜User｜>").orElseThrow();
    assertThat(Engines.tokenizer().isSpecial(user)).isFalse();
    assertThat(TRIE.string(user)).isEqualTo(TokenTrie.special(user));
  }

  @Test
  void rowsBeyondTheTokenizersVocabularyAreNoTokens() {
    TokenTrie larger = TokenTrie.of(Engines.tokenizer(), 1032);
    for (int id = Engines.tokenizer().vocabularySize(); id < 1032; id++) {
      assertThat(larger.string(id)).isEmpty();
    }
  }

  @Test
  void longTokensAreThoseOfMoreBytes() {
    for (int id : TRIE.longerThan(6)) {
      assertThat(TRIE.string(id).length).isGreaterThan(6);
    }
    assertThat(TRIE.longerThan(TRIE.deepest())).isEmpty();
  }
}
