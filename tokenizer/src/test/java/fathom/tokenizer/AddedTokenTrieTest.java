package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddedTokenTrieTest {
  @Test
  void takesTheLeftmostAndOfSeveralTheLongest() {
    AddedTokenTrie trie = trie(token("<a", false), token("<a>", false), token("a>b", false));
    assertThat(scan(trie, "x<a>b<ay")).containsExactly("'x'", "<a>", "'b'", "<a", "'y'");
  }

  @Test
  void leavesTextAloneThatOnlyBeginsLikeAToken() {
    AddedTokenTrie trie = trie(token("<｜x｜>", false));
    assertThat(scan(trie, "<｜x｜<｜x｜><｜")).containsExactly("'<｜x｜'", "<｜x｜>", "'<｜'");
    assertThat(scan(trie, "")).isEmpty();
  }

  @Test
  void takesWhiteSpaceAtTheSidesThatStrip() {
    AddedTokenTrie trie =
        trie(
            new AddedToken(0, "<l>", true, false, false, true, false),
            new AddedToken(1, "<r>", true, false, false, false, true));
    assertThat(scan(trie, "a \n<l> b <r>\u3000 c"))
        .containsExactly("'a'", "<l>", "' b '", "<r>", "'c'");
    assertThat(scan(trie, "<r> <l>")).containsExactly("<r>", "<l>");
  }

  @Test
  void findsSingleWordsOnlyBetweenOtherCharacters() {
    AddedTokenTrie trie = trie(token("cat", true));
    assertThat(scan(trie, "cat concat cats _cat cat!"))
        .containsExactly("cat", "' concat cats _cat '", "cat", "'!'");
  }

  @Test
  void findsTokensThatBeginBeyondAscii() {
    assertThat(scan(trie(token("｜x", false)), "a｜x｜y")).containsExactly("'a'", "｜x", "'｜y'");
  }

  private static AddedToken token(String content, boolean singleWord) {
    return new AddedToken(0, content, false, false, singleWord, false, false);
  }

  private static AddedTokenTrie trie(AddedToken... tokens) {
    return new AddedTokenTrie(List.of(tokens));
  }

  private static List<String> scan(AddedTokenTrie trie, String text) {
    List<String> parts = new ArrayList<>();
    trie.scan(
        text.toCharArray(),
        0,
        text.length(),
        new AddedTokenTrie.Parts() {
          @Override
          public void text(int from, int to) {
            parts.add("'" + text.substring(from, to) + "'");
          }

          @Override
          public void token(AddedToken token) {
            parts.add(token.content());
          }
        });
    return parts;
  }
}
