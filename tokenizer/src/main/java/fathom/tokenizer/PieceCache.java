package fathom.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Remembers the ids of pieces that were met before; natural text repeats them.
///
/// Threads share it without a lock: a slot is replaced by one reference to an object whose fields
/// are final, so a reader sees a whole entry or none, and a lost update only costs encoding a piece
/// once more.
final class PieceCache {
  /// Longer pieces are rare and not worth their memory.
  static final int LONGEST_PIECE = 48;

  private static final int SLOTS = 1 << 15;

  private final @Nullable Entry[] slots = new Entry[SLOTS];

  /// The ids of this piece, not to be changed; null if it is not here.
  int @Nullable [] find(byte[] bytes, int length, int hash) {
    Entry entry = slots[slot(hash)];
    return entry != null
            && entry.hash == hash
            && Arrays.equals(entry.piece, 0, entry.piece.length, bytes, 0, length)
        ? entry.ids
        : null;
  }

  void remember(byte[] bytes, int length, int hash, int[] ids) {
    slots[slot(hash)] = new Entry(Arrays.copyOf(bytes, length), hash, ids);
  }

  private static int slot(int hash) {
    return (hash ^ (hash >>> 15)) & (SLOTS - 1);
  }

  private static final class Entry {
    private final byte[] piece;
    private final int hash;
    private final int[] ids;

    Entry(byte[] piece, int hash, int[] ids) {
      this.piece = piece;
      this.hash = hash;
      this.ids = ids;
    }
  }
}
