package fathom.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tokens of the model: id to bytes and bytes to id.
///
/// All bytes lie in one array, ids are found by hashing straight into it: a vocabulary of 128,000
/// tokens costs about five megabytes and no object per token.
final class Vocabulary {
  /// No real vocabulary is near this; a file that claims more is broken.
  static final int LARGEST_ID = (1 << 21) - 1;

  static final int ABSENT = -1;

  private final byte[] pool;
  private final int[] starts;
  private final int[] lengths;
  private final int[] slots;
  private final int[] byteIds = new int[256];
  private final Map<String, Integer> beyondAlphabet;
  private final Map<Integer, String> beyondAlphabetById = new HashMap<>();
  private final int count;

  private Vocabulary(Builder builder) {
    pool = builder.pool;
    starts = Arrays.copyOf(builder.starts, builder.size);
    lengths = Arrays.copyOf(builder.lengths, builder.size);
    slots = builder.slots;
    beyondAlphabet = Map.copyOf(builder.beyondAlphabet);
    beyondAlphabet.forEach((token, id) -> beyondAlphabetById.put(id, token));
    count = builder.count;
    Arrays.fill(byteIds, ABSENT);
    byte[] single = new byte[1];
    for (int b = 0; b < 256; b++) {
      single[0] = (byte) b;
      byteIds[b] = id(single, 0, 1);
    }
  }

  /// One more than the largest id.
  int size() {
    return starts.length;
  }

  /// Number of tokens; less than [#size] if ids are left out.
  int count() {
    return count;
  }

  boolean has(int id) {
    return id >= 0 && id < lengths.length && lengths[id] >= 0;
  }

  /// The id of a token written in the byte alphabet, given as the bytes it stands for; -1 if there
  /// is none.
  int id(byte[] bytes, int from, int to) {
    int mask = slots.length - 1;
    for (int slot = hash(bytes, from, to) & mask; slots[slot] != 0; slot = (slot + 1) & mask) {
      int id = slots[slot] - 1;
      int start = starts[id];
      if (lengths[id] == to - from
          && Arrays.equals(pool, start, start + lengths[id], bytes, from, to)) {
        return id;
      }
    }
    return ABSENT;
  }

  /// Whether this id's token is written in the byte alphabet and stands for these bytes.
  boolean is(int id, byte[] bytes, int from, int to) {
    if (!has(id) || lengths[id] != to - from || beyondAlphabetById.containsKey(id)) {
      return false;
    }
    return Arrays.equals(pool, starts[id], starts[id] + lengths[id], bytes, from, to);
  }

  /// The id of the one-byte token, or -1.
  int byteId(int unsignedByte) {
    return byteIds[unsignedByte];
  }

  /// The id of a token as the file writes it, or -1.
  int id(String token) {
    if (!ByteAlphabet.contains(token)) {
      return beyondAlphabet.getOrDefault(token, ABSENT);
    }
    byte[] bytes = ByteAlphabet.bytes(token);
    return id(bytes, 0, bytes.length);
  }

  /// A copy of the bytes that a token stands for.
  byte[] bytes(int id) {
    return Arrays.copyOfRange(pool, starts[id], starts[id] + lengths[id]);
  }

  /// The token as files write it; null where the id is left out.
  @Nullable String token(int id) {
    if (!has(id)) {
      return null;
    }
    String beyond = beyondAlphabetById.get(id);
    if (beyond != null) {
      return beyond;
    }
    return ByteAlphabet.text(pool, starts[id], starts[id] + lengths[id]);
  }

  private static int hash(byte[] bytes, int from, int to) {
    int hash = 0x811C9DC5;
    for (int i = from; i < to; i++) {
      hash = (hash ^ bytes[i]) * 0x01000193;
    }
    return hash ^ (hash >>> 15);
  }

  /// Collects tokens in any order of ids.
  static final class Builder {
    private byte[] pool = new byte[1 << 12];
    private int used;
    private int[] starts = new int[1 << 9];
    private int[] lengths = new int[1 << 9];
    private int[] slots = new int[1 << 10];
    private int size;
    private int count;
    private int hashed;
    private final Map<String, Integer> beyondAlphabet = new HashMap<>();

    Builder() {
      Arrays.fill(lengths, ABSENT);
    }

    boolean hasId(int id) {
      return id < size && lengths[id] >= 0;
    }

    /// Adds a token; the id must be free and at most [#LARGEST_ID].
    ///
    /// @return false if the token is there already, under another id
    boolean add(int id, String token) {
      boolean inAlphabet = ByteAlphabet.contains(token);
      byte[] bytes = ByteAlphabet.bytes(token);
      makeRoom(id, bytes.length);
      System.arraycopy(bytes, 0, pool, used, bytes.length);
      int slot = 0;
      if (inAlphabet) {
        slot = freeSlot(used, bytes.length);
        if (slot < 0) {
          return false;
        }
      } else if (beyondAlphabet.putIfAbsent(token, id) != null) {
        return false;
      }
      starts[id] = used;
      lengths[id] = bytes.length;
      used += bytes.length;
      size = Math.max(size, id + 1);
      count++;
      if (inAlphabet) {
        slots[slot] = id + 1;
        hashed++;
      }
      return true;
    }

    private void makeRoom(int id, int length) {
      if (id >= starts.length) {
        int old = lengths.length;
        int grown = Math.min(Math.max(id + 1, 2 * old), LARGEST_ID + 1);
        starts = Arrays.copyOf(starts, grown);
        lengths = Arrays.copyOf(lengths, grown);
        Arrays.fill(lengths, old, grown, ABSENT);
      }
      if (used + length > pool.length) {
        pool = Arrays.copyOf(pool, Math.max(used + length, 2 * pool.length));
      }
      if (2 * hashed >= slots.length) {
        rehash();
      }
    }

    private void rehash() {
      int[] old = slots;
      slots = new int[2 * old.length];
      for (int entry : old) {
        if (entry != 0) {
          slots[freeSlot(starts[entry - 1], lengths[entry - 1])] = entry;
        }
      }
    }

    private int freeSlot(int start, int length) {
      int mask = slots.length - 1;
      int slot = hash(pool, start, start + length) & mask;
      while (slots[slot] != 0) {
        int other = slots[slot] - 1;
        int otherStart = starts[other];
        if (lengths[other] == length
            && Arrays.equals(pool, otherStart, otherStart + length, pool, start, start + length)) {
          return -1;
        }
        slot = (slot + 1) & mask;
      }
      return slot;
    }

    Vocabulary build() {
      return new Vocabulary(this);
    }
  }
}
