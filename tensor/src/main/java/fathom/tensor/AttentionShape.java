package fathom.tensor;

/// How heads read the rows of a key/value store. Each row holds what one token left there: its keys
/// from column 0, `keyDim` for each key/value head, and its values from column `valueOffset`.
///
/// One shape serves all: grouped-query attention has `valueOffset = keyValueHeads * keyDim`;
/// absorbed multi-head latent attention is multi-query attention whose single key is `[latent |
/// rotary key]` and whose value is the latent again, so `valueOffset = 0` and `valueDim < keyDim`.
///
/// @param heads query heads
/// @param keyValueHeads key/value heads; query head h reads key/value head `h * keyValueHeads /
///   heads`
/// @param keyDim numbers of one head's key
/// @param valueDim numbers of one head's value
/// @param valueOffset column of the first value in a row
/// @param scale factor on the scores before the softmax
public record AttentionShape(
    int heads, int keyValueHeads, int keyDim, int valueDim, int valueOffset, float scale) {
  public AttentionShape {
    if (keyValueHeads <= 0 || heads % keyValueHeads != 0) {
      throw new IllegalArgumentException(
          "attention: %d heads are no multiple of %d key/value heads"
              .formatted(heads, keyValueHeads));
    }
  }

  /// Numbers of a stored row that the heads read.
  public int rowWidth() {
    return Math.max(keyValueHeads * keyDim, valueOffset + keyValueHeads * valueDim);
  }

  /// Key/value head that a query head reads.
  public int keyValueHead(int head) {
    return head / (heads / keyValueHeads);
  }
}
