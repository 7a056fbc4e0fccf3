package fathom.tokenizer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a `tokenizer.json` defines: tokens, merges, added tokens and how text is prepared.
final class TokenizerModel {
  private final BytePairEncoding encoding;
  private final List<AddedToken> added;
  private final boolean nfc;
  private final PreTokenizer preTokenizer;
  private final Map<Integer, AddedToken> addedById = new HashMap<>();
  private final Map<String, AddedToken> addedByContent = new HashMap<>();
  private final int size;

  /// @param nfc whether text is normalised to NFC first
  TokenizerModel(
      BytePairEncoding encoding, List<AddedToken> added, boolean nfc, PreTokenizer preTokenizer) {
    this.encoding = encoding;
    this.added = List.copyOf(added);
    this.nfc = nfc;
    this.preTokenizer = preTokenizer;
    int end = encoding.vocabulary().size();
    for (AddedToken token : added) {
      addedById.put(token.id(), token);
      addedByContent.putIfAbsent(token.content(), token);
      end = Math.max(end, token.id() + 1);
    }
    size = end;
  }

  BytePairEncoding encoding() {
    return encoding;
  }

  Vocabulary vocabulary() {
    return encoding.vocabulary();
  }

  List<AddedToken> added() {
    return added;
  }

  boolean nfc() {
    return nfc;
  }

  PreTokenizer preTokenizer() {
    return preTokenizer;
  }

  /// One more than the largest id.
  int size() {
    return size;
  }

  @Nullable AddedToken added(int id) {
    return addedById.get(id);
  }

  /// The id of a token as files write it, or -1.
  int id(String token) {
    AddedToken found = addedByContent.get(token);
    return found == null ? vocabulary().id(token) : found.id();
  }

  /// The token as files write it; null where the id is left out.
  @Nullable String token(int id) {
    AddedToken found = addedById.get(id);
    return found == null ? vocabulary().token(id) : found.content();
  }

  /// The bytes a token stands for; empty for an unknown id.
  byte[] bytes(int id) {
    AddedToken found = addedById.get(id);
    if (found != null) {
      return ByteAlphabet.bytes(found.content());
    }
    return vocabulary().has(id) ? vocabulary().bytes(id) : new byte[0];
  }
}
