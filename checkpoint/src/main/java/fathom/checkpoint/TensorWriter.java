package fathom.checkpoint;

import java.lang.foreign.MemorySegment;

/// Writes the tensors of a new checkpoint, whose names, types and shapes were declared when the
/// writer was made. Data come in pieces of any size, so a model larger than memory can be written.
///
/// The files carry their names only after [#finish()]; until then they lie beside with the suffix
/// `.partial`. A writer that is closed before it has finished leaves nothing behind. Failures of
/// the file system are [CheckpointWriteException]s.
public sealed interface TensorWriter extends AutoCloseable
    permits SafetensorsWriter, ShardedSafetensorsWriter, GgufWriter {
  /// Appends `bytes` to the data of a tensor. Tensors may come in any order, also alternately.
  ///
  /// @throws IllegalArgumentException if the tensor was not declared, or would get too many bytes
  void write(String tensor, MemorySegment bytes);

  /// Checks that all data have come, and gives the files their names.
  ///
  /// @throws IllegalStateException if a tensor lacks data
  void finish();

  /// Discards what has not been finished.
  @Override
  void close();
}
