package fathom.checkpoint;

import java.util.List;
import java.util.function.LongUnaryOperator;

/// The order of the query and key rows of `llama`. Hugging Face rotates rows i and i + d/2 of a
/// head together, GGUF rows 2i and 2i + 1, so its converter interleaves the halves.
final class RotaryRows {
  private RotaryRows() {}

  /// From halves to pairs: row `2j + s` of a head is row `s * d/2 + j`.
  static Rows interleave(Checkpoint source, TensorEntry tensor, int heads) {
    long half = halfHead(source, tensor, heads);
    return chosen(
        source, tensor, row -> row - row % (2 * half) + row % 2 * half + row % (2 * half) / 2);
  }

  /// From pairs to halves: row `s * d/2 + j` of a head is row `2j + s`.
  static Rows separate(Checkpoint source, TensorEntry tensor, int heads) {
    long half = halfHead(source, tensor, heads);
    return chosen(
        source, tensor, row -> row - row % (2 * half) + row % half * 2 + row % (2 * half) / half);
  }

  private static long halfHead(Checkpoint source, TensorEntry tensor, int heads) {
    long rows = tensor.shape().rank() == 0 ? 0 : tensor.shape().dim(0);
    if (heads <= 0 || rows == 0 || rows % (2L * heads) != 0) {
      throw source.fault(
          tensor.name(),
          "expected %d heads of an even number of rows, found %s".formatted(heads, tensor.shape()));
    }
    return rows / heads / 2;
  }

  private static Rows chosen(Checkpoint source, TensorEntry tensor, LongUnaryOperator choice) {
    Rows rows = tensor.shape().rank() == 1 ? Numbers.ofVector(tensor) : Numbers.of(source, tensor);
    return new Rows.Chosen(List.of(rows), rows.count(), choice);
  }
}
