package fathom.generation;

import fathom.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// The grammars that requests used lately, ready for the engine's vocabulary. May be asked from any
/// thread; what it hands out belongs to the engine's thread.
final class GrammarShelf {
  private static final int MAX_GRAMMARS = 64;

  private final Tokenizer tokenizer;
  private final int vocabulary;
  private @Nullable TokenTrie trie;
  private final Map<Grammar, CompiledGrammar> recent =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Grammar, CompiledGrammar> eldest) {
          return size() > MAX_GRAMMARS;
        }
      };

  GrammarShelf(Tokenizer tokenizer, int vocabulary) {
    this.tokenizer = tokenizer;
    this.vocabulary = vocabulary;
  }

  /// A grammar for this vocabulary.
  CompiledGrammar get(Grammar grammar) {
    synchronized (this) {
      CompiledGrammar known = recent.get(grammar);
      if (known != null) {
        return known;
      }
    }
    // A large grammar takes its time, which must not be everybody's.
    CompiledGrammar made = new CompiledGrammar(grammar.network(this::spell), trie());
    synchronized (this) {
      CompiledGrammar before = recent.putIfAbsent(grammar, made);
      return before == null ? made : before;
    }
  }

  private synchronized TokenTrie trie() {
    TokenTrie made = trie;
    if (made == null) {
      made = TokenTrie.of(tokenizer, vocabulary);
      trie = made;
    }
    return made;
  }

  /// The token that a marker is, if the vocabulary has it as one.
  OptionalInt token(String marker) {
    OptionalInt id = tokenizer.id(marker);
    return id.isPresent() && id.getAsInt() < vocabulary ? id : OptionalInt.empty();
  }

  private byte[] spell(String text) {
    OptionalInt id = token(text);
    return id.isPresent() && tokenizer.isAdded(id.getAsInt())
        ? TokenTrie.special(id.getAsInt())
        : text.getBytes(StandardCharsets.UTF_8);
  }
}
