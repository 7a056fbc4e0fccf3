package fathom.generation;

import fathom.model.BlockTable;
import fathom.model.CacheLayout;
import java.util.Arrays;

/// The cache blocks of one sequence: found, shared, taken, copied before they are written if anyone
/// else can see them, registered under their keys when full, and given back.
final class SequenceCache {
  private static final int BLOCK = CacheLayout.BLOCK_TOKENS;

  private final PrefixCache cache;
  private final BlockPool pool;
  private final BlockTable table;
  private final BlockKeys keys;
  private int[] blocks = new int[8];
  private int count;
  private int stored;

  /// Without blocks; `keys` names those that others may find.
  SequenceCache(PrefixCache cache, BlockPool pool, CacheLayout layout, BlockKeys keys) {
    this.cache = cache;
    this.pool = pool;
    this.table = new BlockTable(layout);
    this.keys = keys;
  }

  /// The blocks as the model sees them.
  BlockTable table() {
    return table;
  }

  /// Whether the weights are still those that the blocks were computed with.
  boolean current() {
    return keys.epoch() == cache.epoch();
  }

  /// Blocks held.
  int blocks() {
    return count;
  }

  /// Takes all blocks that hold a beginning of `ids` from the cache, but not the last token's: at
  /// least one must be computed to know what follows. Returns the tokens found.
  int attach(int[] ids, int length) {
    assert count == 0;
    int most = (length - 1) / BLOCK;
    while (count < most && keys.enabled()) {
      int block = cache.find(keys.key(count, ids));
      if (block < 0) {
        break;
      }
      append(block);
    }
    keys.registered(count);
    stored = count;
    return count * BLOCK;
  }

  /// Whether the blocks just attached have their rows of the drafting layer.
  boolean drafted() {
    for (int index = 0; index < count; index++) {
      if (!cache.drafted(blocks[index])) {
        return false;
      }
    }
    return true;
  }

  /// Makes the positions `from .. to - 1` writable: takes missing blocks, and copies those that
  /// others can see. Returns false, having taken nothing that matters, if blocks have run out.
  boolean prepare(int from, int to) {
    for (int index = from / BLOCK; index < count && index * BLOCK < to; index++) {
      if (!cache.exclusive(blocks[index]) && !separate(index)) {
        return false;
      }
    }
    while (count * BLOCK < to) {
      int block = cache.take();
      if (block < 0) {
        return false;
      }
      append(block);
    }
    return true;
  }

  private boolean separate(int index) {
    int old = blocks[index];
    int copy = cache.take();
    if (copy < 0) {
      return cache.makePrivate(old);
    }
    pool.copy(old, copy);
    cache.release(old);
    blocks[index] = copy;
    table.replace(index, pool.address(copy));
    return true;
  }

  private void append(int block) {
    if (count == blocks.length) {
      blocks = Arrays.copyOf(blocks, 2 * count);
    }
    blocks[count++] = block;
    table.append(pool.address(block));
  }

  /// Registers the blocks that are full now that the rows of `ids[0 .. computed)` are there.
  void commit(int[] ids, int computed, boolean drafted) {
    if (!keys.enabled() || !current()) {
      return;
    }
    int full = Math.min(computed / BLOCK, count);
    for (int index = keys.registered(); index < full; index++) {
      cache.register(blocks[index], keys.key(index, ids), drafted);
    }
    keys.registered(Math.max(full, keys.registered()));
  }

  /// Hands the registered blocks that are not there yet to the slower store.
  void store() {
    for (; stored < keys.registered() && stored < count; stored++) {
      cache.store(blocks[stored]);
    }
  }

  /// Shares all blocks with another sequence, which must hold none and has the same tokens.
  void fork(SequenceCache other) {
    assert other.count == 0;
    for (int index = 0; index < count; index++) {
      cache.share(blocks[index]);
      other.append(blocks[index]);
    }
    other.keys.follow(keys);
    other.stored = stored;
  }

  /// Gives back what lies behind the first `tokens` tokens.
  void truncate(int tokens) {
    int keep = Math.min(count, (tokens + BLOCK - 1) / BLOCK);
    for (int index = count - 1; index >= keep; index--) {
      cache.release(blocks[index]);
    }
    count = keep;
    table.truncate(keep);
    keys.truncate(tokens / BLOCK);
    stored = Math.min(stored, tokens / BLOCK);
  }

  /// Gives all blocks back, the first one last: of what is kept, the ends of texts go before their
  /// beginnings, which more texts share.
  void release() {
    truncate(0);
  }
}
