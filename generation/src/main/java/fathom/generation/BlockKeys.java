package fathom.generation;

import fathom.model.CacheLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The keys of one sequence's blocks, computed as far as they were needed, and how many of the
/// blocks are registered under theirs.
final class BlockKeys {
  private static final int BLOCK = CacheLayout.BLOCK_TOKENS;

  private final BlockKey.Chain chain;
  private final @Nullable BlockKey root;
  private final int epoch;
  private BlockKey[] keys = new BlockKey[4];
  private int known;
  private int registered;

  /// @param user whose blocks they are; null if they are not to be found at all
  BlockKeys(BlockKey.Chain chain, @Nullable String user, int epoch) {
    this.chain = chain;
    this.root = user == null ? null : chain.root(user);
    this.epoch = epoch;
  }

  /// Whether blocks are to be found and registered.
  boolean enabled() {
    return root != null;
  }

  /// The cache's epoch at the sequence's start: when it has changed, so have the weights.
  int epoch() {
    return epoch;
  }

  /// The key of a block of a sequence with these tokens.
  BlockKey key(int index, int[] ids) {
    while (known <= index) {
      if (known == keys.length) {
        keys = Arrays.copyOf(keys, 2 * known);
      }
      BlockKey parent = known == 0 ? java.util.Objects.requireNonNull(root) : keys[known - 1];
      keys[known] = chain.next(parent, ids, known * BLOCK, BLOCK);
      known++;
    }
    return keys[index];
  }

  int registered() {
    return registered;
  }

  void registered(int count) {
    registered = count;
  }

  /// Takes over the state of a sequence with the same tokens.
  void follow(BlockKeys other) {
    keys = other.keys.clone();
    known = other.known;
    registered = other.registered;
  }

  /// The tokens from block `count` on are about to change.
  void truncate(int count) {
    known = Math.min(known, count);
    registered = Math.min(registered, count);
  }
}
