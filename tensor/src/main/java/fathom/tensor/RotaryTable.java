package fathom.tensor;

/// Cosine and sine of every position's angles, `[positions, dim / 2]` each, scaling of the
/// frequencies and of the amplitude included; and which numbers form a pair.
///
/// @param cos cosines
/// @param sin sines
/// @param layout pairs of a head's rotary columns
public record RotaryTable(Matrix cos, Matrix sin, Layout layout) {
  /// Which two numbers are rotated together.
  public enum Layout {
    /// Numbers 2i and 2i + 1 (DeepSeek).
    INTERLEAVED,
    /// Numbers i and i + dim / 2 (Qwen, Llama: "rotate half").
    HALVES
  }
}
