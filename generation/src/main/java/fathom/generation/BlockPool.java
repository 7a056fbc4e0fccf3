package fathom.generation;

import fathom.model.CacheLayout;
import fathom.tensor.LargeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Cache memory in blocks of 64 tokens, all of one size, from one native budget. Blocks are counted
/// by reference: sequences that begin with the same tokens share them. Memory is taken as blocks
/// are first needed, never moved, and given back all at once.
final class BlockPool implements AutoCloseable {
  private static final long SLAB_BYTES = 16L << 20;
  private static final int ALIGNMENT = 64;

  private final Arena arena = Arena.ofShared();
  private final long blockBytes;
  private final long stride;
  private final int total;
  private final int blocksPerSlab;
  private final List<MemorySegment> slabs = new ArrayList<>();
  private int[] references = new int[0];
  private int[] free = new int[0];
  private int freeCount;

  /// @throws GenerationException if the budget holds no block
  BlockPool(CacheLayout layout, long budgetBytes) {
    blockBytes = layout.blockBytes();
    stride = (blockBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    total = (int) Math.min(budgetBytes / stride, 1 << 30);
    if (total == 0) {
      throw new GenerationException(
          "cache budget of %d bytes holds no block: one takes %d bytes"
              .formatted(budgetBytes, blockBytes));
    }
    blocksPerSlab = Math.clamp(SLAB_BYTES / stride, 1, total);
  }

  /// Blocks of the budget.
  int total() {
    return total;
  }

  /// Bytes of one block.
  long blockBytes() {
    return blockBytes;
  }

  /// Blocks that can be taken.
  int available() {
    return freeCount + total - allocated();
  }

  private int allocated() {
    return references.length;
  }

  /// A block with one reference and undefined content; -1 if all are in use.
  int take() {
    if (freeCount == 0 && !grow()) {
      return -1;
    }
    int block = free[--freeCount];
    references[block] = 1;
    return block;
  }

  private boolean grow() {
    int have = allocated();
    int count = Math.min(blocksPerSlab, total - have);
    if (count == 0) {
      return false;
    }
    slabs.add(LargeMemory.allocate(arena, count * stride));
    references = Arrays.copyOf(references, have + count);
    free = Arrays.copyOf(free, have + count);
    for (int block = have + count - 1; block >= have; block--) {
      free[freeCount++] = block;
    }
    return true;
  }

  /// One more owner of a block, or the first one of a block kept without any.
  void retain(int block) {
    references[block]++;
  }

  /// One owner fewer; returns how many are left. A block without owner must be retained again or
  /// given back.
  int release(int block) {
    assert references[block] > 0 : "block " + block + " released too often";
    return --references[block];
  }

  /// Makes a block without owner free.
  void giveBack(int block) {
    assert references[block] == 0 : "block " + block + " is in use";
    free[freeCount++] = block;
  }

  /// Number of owners.
  int references(int block) {
    return references[block];
  }

  /// The memory of a block.
  MemorySegment memory(int block) {
    return slabs.get(block / blocksPerSlab).asSlice(block % blocksPerSlab * stride, blockBytes);
  }

  /// Native address of a block.
  long address(int block) {
    return slabs.get(block / blocksPerSlab).address() + block % blocksPerSlab * stride;
  }

  /// Copies a block.
  void copy(int from, int to) {
    memory(to).copyFrom(memory(from));
  }

  /// Bytes of native memory taken so far.
  long allocatedBytes() {
    return allocated() * stride;
  }

  @Override
  public void close() {
    arena.close();
  }
}
