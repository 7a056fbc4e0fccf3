package fathom.checkpoint;

/// What a conversion makes of its input.
///
/// @param mix formats of the tensors
/// @param multiTokenPrediction whether the layers of multi-token prediction are kept
/// @param wholeKvB whether a `deepseek2` GGUF file gets kv_b as one tensor, as before April 2025
/// @param maxShardBytes size at which safetensors are cut into shards
public record ConversionOptions(
    QuantizationMix mix, boolean multiTokenPrediction, boolean wholeKvB, long maxShardBytes) {
  /// Everything kept, in today's layout.
  public static ConversionOptions of(QuantizationMix mix) {
    return new ConversionOptions(mix, true, false, ShardedSafetensorsWriter.DEFAULT_SHARD_BYTES);
  }

  /// The same without the layers of multi-token prediction.
  public ConversionOptions withoutMultiTokenPrediction() {
    return new ConversionOptions(mix, false, wholeKvB, maxShardBytes);
  }

  /// The same with kv_b as one tensor.
  public ConversionOptions withWholeKvB() {
    return new ConversionOptions(mix, multiTokenPrediction, true, maxShardBytes);
  }
}
