package fathom.tokenizer;

import java.text.Normalizer;
import org.jspecify.annotations.Nullable;

/// Encodes one text: finds added tokens, normalises, splits, and merges each piece. Made anew for
/// each call, so that threads share nothing but the model and its cache.
final class Encoder implements Splitter.Pieces {
  private final TokenizerModel model;
  private final PieceCache cache;
  private final IdList ids;
  private char[] text = new char[0];
  private byte[] utf8 = new byte[256];

  Encoder(TokenizerModel model, PieceCache cache, int characters) {
    this.model = model;
    this.cache = cache;
    this.ids = new IdList(characters / 3);
  }

  int[] ids() {
    return ids.toArray();
  }

  /// Encodes text in which tokens of both tries become single ids; without tries everything is
  /// plain text.
  ///
  /// @param raw tokens to find in the text as it is
  /// @param normalized tokens to find in what is left, after normalisation
  void encode(String source, @Nullable AddedTokenTrie raw, @Nullable AddedTokenTrie normalized) {
    char[] characters = withoutLoneSurrogates(source.toCharArray());
    if (raw == null) {
      plain(characters, 0, characters.length, normalized);
      return;
    }
    raw.scan(
        characters,
        0,
        characters.length,
        new AddedTokenTrie.Parts() {
          @Override
          public void text(int from, int to) {
            plain(characters, from, to, normalized);
          }

          @Override
          public void token(AddedToken token) {
            ids.add(token.id());
          }
        });
  }

  private void plain(char[] source, int from, int to, @Nullable AddedTokenTrie normalized) {
    char[] characters = source;
    int start = from;
    int end = to;
    if (model.nfc() && mayNeedComposition(source, from, to)) {
      characters =
          Normalizer.normalize(new String(source, from, to - from), Normalizer.Form.NFC)
              .toCharArray();
      start = 0;
      end = characters.length;
    }
    if (normalized == null) {
      split(characters, start, end);
      return;
    }
    char[] prepared = characters;
    normalized.scan(
        prepared,
        start,
        end,
        new AddedTokenTrie.Parts() {
          @Override
          public void text(int partFrom, int partTo) {
            split(prepared, partFrom, partTo);
          }

          @Override
          public void token(AddedToken token) {
            ids.add(token.id());
          }
        });
  }

  private void split(char[] characters, int from, int to) {
    text = characters;
    model.preTokenizer().splitter().split(characters, from, to, this);
  }

  @Override
  public void accept(int from, int to) {
    if (3 * (to - from) > utf8.length) {
      utf8 = new byte[Math.max(3 * (to - from), 2 * utf8.length)];
    }
    byte[] bytes = utf8;
    int length = 0;
    int hash = 0;
    while (length < to - from) {
      char c = text[from + length];
      if (c >= 0x80) {
        length = encodeUtf8(text, from, to, bytes, 0);
        hash = 0;
        for (int i = 0; i < length; i++) {
          hash = 31 * hash + bytes[i];
        }
        break;
      }
      bytes[length++] = (byte) c;
      hash = 31 * hash + c;
    }
    if (length > PieceCache.LONGEST_PIECE) {
      model.encoding().encode(bytes, 0, length, ids);
      return;
    }
    int[] known = cache.find(bytes, length, hash);
    if (known == null) {
      int before = ids.size();
      model.encoding().encode(bytes, 0, length, ids);
      cache.remember(bytes, length, hash, ids.copyFrom(before));
    } else {
      ids.addAll(known, known.length);
    }
  }

  /// Writes UTF-8 from `at` on and returns where it ends; up to three bytes a char.
  static int encodeUtf8(char[] text, int from, int to, byte[] bytes, int at) {
    int length = at;
    for (int i = from; i < to; i++) {
      int c = text[i];
      if (c < 0x80) {
        bytes[length++] = (byte) c;
        continue;
      }
      if (c < 0x800) {
        bytes[length++] = (byte) (0xC0 | (c >> 6));
      } else {
        if (Character.isHighSurrogate((char) c)) {
          c = Character.toCodePoint((char) c, text[++i]);
          bytes[length++] = (byte) (0xF0 | (c >> 18));
          bytes[length++] = (byte) (0x80 | ((c >> 12) & 0x3F));
        } else {
          bytes[length++] = (byte) (0xE0 | (c >> 12));
        }
        bytes[length++] = (byte) (0x80 | ((c >> 6) & 0x3F));
      }
      bytes[length++] = (byte) (0x80 | (c & 0x3F));
    }
    return length;
  }

  /// Below U+0300 nothing composes.
  private static boolean mayNeedComposition(char[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text[i] >= 0x300) {
        return true;
      }
    }
    return false;
  }

  /// Half a surrogate pair has no UTF-8; it becomes U+FFFD, as in text that comes from a file.
  static char[] withoutLoneSurrogates(char[] text) {
    for (int i = 0; i < text.length; i++) {
      char c = text[i];
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length
          && Character.isLowSurrogate(text[i + 1])) {
        i++;
      } else {
        text[i] = '\uFFFD';
      }
    }
    return text;
  }
}
