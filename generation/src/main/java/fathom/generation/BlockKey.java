package fathom.generation;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Names the content of a full cache block: model, user, and all tokens up to the block's end. It
/// is the SHA-256 of the key of the block before and of the block's tokens, so that nobody can make
/// up tokens that meet another user's blocks.
record BlockKey(long a, long b, long c, long d) {

  /// Hex digits, as file names use them.
  String hex() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
  }

  /// The key that hex digits stand for.
  static BlockKey parse(String hex) {
    ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
    return new BlockKey(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
  }

  @Override
  public int hashCode() {
    return Long.hashCode(a); // already as good as random
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BlockKey key && a == key.a && b == key.b && c == key.c && d == key.d;
  }

  /// Computes keys; one thread at a time.
  static final class Chain {
    private final MessageDigest sha256;
    private final byte[] model;
    private final ByteBuffer input;

    /// Keys for the blocks of one model in one layout.
    Chain(String modelFingerprint, int blockTokens) {
      try {
        sha256 = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new GenerationException("this Java has no SHA-256", e);
      }
      model = modelFingerprint.getBytes(StandardCharsets.UTF_8);
      input = ByteBuffer.allocate(4 * Long.BYTES + blockTokens * Integer.BYTES);
    }

    /// What a user's first block follows.
    BlockKey root(String user) {
      sha256.update(model);
      sha256.update((byte) 0);
      sha256.update(user.getBytes(StandardCharsets.UTF_8));
      return key(sha256.digest());
    }

    /// The key of a block that follows `parent` and holds `ids[from .. from + count)`.
    BlockKey next(BlockKey parent, int[] ids, int from, int count) {
      input.clear();
      input.putLong(parent.a).putLong(parent.b).putLong(parent.c).putLong(parent.d);
      for (int i = 0; i < count; i++) {
        input.putInt(ids[from + i]);
      }
      sha256.update(input.array(), 0, input.position());
      return key(sha256.digest());
    }

    private static BlockKey key(byte[] digest) {
      ByteBuffer bytes = ByteBuffer.wrap(digest);
      return new BlockKey(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
    }
  }
}
