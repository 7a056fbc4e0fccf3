package fathom.generation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Keeps full blocks under their [BlockKey] after their sequence has ended, until the memory is
/// needed: then the one that was not used for the longest time goes first. Blocks in use stay where
/// they are and are found as well. A second, slower store may stand behind ([DiskBlocks]).
///
/// All blocks of the pool are taken and released here. One thread at a time.
final class PrefixCache {
  private static final int NONE = -1;

  private final BlockPool pool;
  private final @Nullable DiskBlocks disk;
  private final Map<BlockKey, Integer> blocks = new HashMap<>();
  // Per block: its key, and its neighbours among the unused ones in order of last use.
  private @Nullable BlockKey[] keys = new BlockKey[0];
  private boolean[] drafted = new boolean[0];
  private int[] before = new int[0];
  private int[] after = new int[0];
  private int oldest = NONE;
  private int newest = NONE;
  private int unused;
  private int epoch;
  private long diskHits;

  PrefixCache(BlockPool pool, @Nullable DiskBlocks disk) {
    this.pool = pool;
    this.disk = disk;
  }

  /// Blocks that can be had without taking one from a sequence.
  int available() {
    return pool.available() + unused;
  }

  /// Blocks kept that no sequence uses.
  int unused() {
    return unused;
  }

  /// A block with one reference, if need be one that was kept; -1 if sequences use them all.
  int take() {
    int block = pool.take();
    if (block == NONE && oldest != NONE) {
      forget(oldest);
      block = pool.take();
    }
    if (block >= keys.length) {
      grow(block + 1);
    }
    return block;
  }

  private void grow(int size) {
    int length = Math.max(size, 2 * keys.length);
    keys = Arrays.copyOf(keys, length);
    drafted = Arrays.copyOf(drafted, length);
    before = Arrays.copyOf(before, length);
    after = Arrays.copyOf(after, length);
  }

  /// One owner fewer; without any, the block is kept if it has a key.
  void release(int block) {
    if (pool.release(block) > 0) {
      return;
    }
    if (keys[block] == null) {
      pool.giveBack(block);
    } else {
      append(block);
    }
  }

  /// Finds a block in memory or on disk and takes a reference; -1 if there is none.
  int find(BlockKey key) {
    Integer block = blocks.get(key);
    if (block != null) {
      retain(block);
      return block;
    }
    return disk == null ? NONE : load(disk, key);
  }

  private int load(DiskBlocks store, BlockKey key) {
    if (!store.contains(key)) {
      return NONE;
    }
    int block = take();
    if (block == NONE) {
      return NONE;
    }
    DiskBlocks.Found found = store.read(key, pool.memory(block));
    if (found == DiskBlocks.Found.NOTHING) {
      release(block);
      return NONE;
    }
    register(block, key, found == DiskBlocks.Found.DRAFTED);
    diskHits++;
    return block;
  }

  private void retain(int block) {
    if (pool.references(block) == 0) {
      unlink(block);
    }
    pool.retain(block);
  }

  /// One more owner of a block that has one.
  void share(int block) {
    pool.retain(block);
  }

  /// Whether a block's rows of the drafting layer are there too.
  boolean drafted(int block) {
    return drafted[block];
  }

  /// Gives a full block its key, by which it can be found from now on. If another block has that
  /// key already, this one stays private. Returns whether it got it.
  boolean register(int block, BlockKey key, boolean withDrafts) {
    if (keys[block] != null || blocks.putIfAbsent(key, block) != null) {
      return false;
    }
    keys[block] = key;
    drafted[block] = withDrafts;
    return true;
  }

  /// Whether nobody but one owner can see the block, so that it may be written.
  boolean exclusive(int block) {
    return pool.references(block) == 1 && keys[block] == null;
  }

  /// Takes the key from a block that has one owner, so that it may be written; returns whether that
  /// could be done.
  boolean makePrivate(int block) {
    BlockKey key = keys[block];
    if (pool.references(block) > 1) {
      return false;
    }
    if (key != null) {
      blocks.remove(key);
      keys[block] = null;
    }
    return true;
  }

  /// Grows with every [#clear()].
  int epoch() {
    return epoch;
  }

  /// Writes a registered block to the slower store, if there is one.
  void store(int block) {
    BlockKey key = keys[block];
    if (disk != null && key != null) {
      disk.write(key, pool.memory(block), drafted[block]);
    }
  }

  /// Blocks that came from the slower store.
  long diskHits() {
    return diskHits;
  }

  /// Bytes in the slower store; may be asked from any thread.
  long diskBytes() {
    return disk == null ? 0 : disk.bytes();
  }

  /// Forgets every key: blocks in use become private, unused ones free.
  void clear() {
    epoch++;
    while (oldest != NONE) {
      forget(oldest);
    }
    Arrays.fill(keys, null);
    blocks.clear();
    if (disk != null) {
      disk.clear();
    }
  }

  /// Writes what is still to be written.
  void close() {
    if (disk != null) {
      disk.close();
    }
  }

  private void forget(int block) {
    unlink(block);
    BlockKey key = keys[block];
    if (key != null) {
      blocks.remove(key);
    }
    keys[block] = null;
    pool.giveBack(block);
  }

  private void append(int block) {
    before[block] = newest;
    after[block] = NONE;
    if (newest == NONE) {
      oldest = block;
    } else {
      after[newest] = block;
    }
    newest = block;
    unused++;
  }

  private void unlink(int block) {
    if (before[block] == NONE) {
      oldest = after[block];
    } else {
      after[before[block]] = after[block];
    }
    if (after[block] == NONE) {
      newest = before[block];
    } else {
      before[after[block]] = before[block];
    }
    unused--;
  }
}
