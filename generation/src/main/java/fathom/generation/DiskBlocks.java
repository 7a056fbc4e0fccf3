package fathom.generation;

import java.lang.foreign.MemorySegment;

/// Where cache blocks outlive the process.
interface DiskBlocks extends AutoCloseable {
  /// What was found under a key.
  enum Found {
    /// No block, or a damaged one, which is gone now.
    NOTHING,
    /// A block whose rows of the drafting layer are undefined.
    PLAIN,
    /// A block with all rows.
    DRAFTED
  }

  /// Whether a block is there, as far as known without reading it.
  boolean contains(BlockKey key);

  /// Reads and checks a block.
  Found read(BlockKey key, MemorySegment block);

  /// Writes a copy of a block later; does nothing if it is known to be there, or if too much is
  /// waiting to be written.
  void write(BlockKey key, MemorySegment block, boolean drafted);

  /// Deletes everything.
  void clear();

  /// Bytes of all files.
  long bytes();

  /// Ends when all that waits is written.
  @Override
  void close();
}
