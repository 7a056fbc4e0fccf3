package fathom.model;

import static fathom.model.InvalidConfigException.require;

/// The FP8 format of the released V3 and R1 checkpoints (`quantization_config`).
///
/// @param method `fp8`
/// @param format `e4m3`
/// @param blockRows rows that share a scale
/// @param blockColumns columns that share a scale
public record QuantizationConfig(String method, String format, int blockRows, int blockColumns) {
  public QuantizationConfig {
    require(
        method.equals("fp8"), "quantization_config.quant_method", "expected fp8, found %s", method);
    require(format.equals("e4m3"), "quantization_config.fmt", "expected e4m3, found %s", format);
    require(
        blockRows == 128 && blockColumns == 128,
        "quantization_config.weight_block_size",
        "expected [128, 128], found [%d, %d]",
        blockRows,
        blockColumns);
  }
}
