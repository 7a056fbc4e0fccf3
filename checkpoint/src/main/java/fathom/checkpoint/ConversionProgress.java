package fathom.checkpoint;

/// Is told how far a conversion is.
@FunctionalInterface
public interface ConversionProgress {
  /// A piece of a tensor was written.
  ///
  /// @param done bytes written so far
  /// @param total bytes that will be written
  void advanced(String tensor, long done, long total);
}
