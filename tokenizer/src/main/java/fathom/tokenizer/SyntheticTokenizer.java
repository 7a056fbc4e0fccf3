package fathom.tokenizer;

import java.util.ArrayList;
import java.util.List;

/// Tokenizers for models with random weights: any vocabulary size, DeepSeek's special tokens, no
/// training text.
///
/// The merges spell `aa`, `ab`, … `zz`, `aaa` and so on, with and without a space before, until the
/// vocabulary is full: not good at English, but a true byte-level BPE that every engine loads and
/// that gives back what it was given.
public final class SyntheticTokenizer {
  private static final int BYTES = 256;

  private SyntheticTokenizer() {}

  /// A byte-level tokenizer with exactly `vocabularySize` ids.
  ///
  /// @throws IllegalArgumentException if the 256 bytes and the special tokens do not fit
  public static Tokenizer of(int vocabularySize) {
    List<String> last =
        vocabularySize < DeepSeekTokens.FIRST.size() + BYTES + DeepSeekTokens.ALL.size()
            ? DeepSeekTokens.CHAT
            : DeepSeekTokens.ALL;
    int least = DeepSeekTokens.FIRST.size() + BYTES + last.size();
    if (vocabularySize < least || vocabularySize > Vocabulary.LARGEST_ID) {
      throw new IllegalArgumentException(
          "vocab_size: expected %d to %d for a byte-level tokenizer, found %d"
              .formatted(least, Vocabulary.LARGEST_ID, vocabularySize));
    }
    Vocabulary.Builder builder = DeepSeekTokens.vocabulary();
    int next = DeepSeekTokens.FIRST.size() + BYTES;
    int end = vocabularySize - last.size();
    MergeRanks merges = MergeRanks.withCapacity(end - next);
    Vocabulary bytes = builder.build();
    List<String> words = new ArrayList<>(List.of(Character.toString(ByteAlphabet.character(' '))));
    List<Integer> ids = new ArrayList<>(List.of(bytes.byteId(' ')));
    for (char letter = 'a'; letter <= 'z'; letter++) {
      words.add(Character.toString(letter));
      ids.add(bytes.byteId(letter));
    }
    for (int i = 0; next < end; i++) {
      for (char letter = 'a'; letter <= 'z' && next < end; letter++) {
        String word = words.get(i) + letter;
        if (!builder.add(next, word)) {
          throw new IllegalStateException("'" + word + "' twice in the enumeration");
        }
        merges.add(ids.get(i), bytes.byteId(letter), next);
        words.add(word);
        ids.add(next++);
      }
    }
    return DeepSeekTokens.tokenizer(builder.build(), merges, last, PreTokenizer.deepSeekV3());
  }
}
