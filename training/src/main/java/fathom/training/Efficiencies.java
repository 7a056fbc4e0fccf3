package fathom.training;

/// Which part of a device's peak real programs reach: the assumptions of a plan, stated.
///
/// The defaults for GPUs: FP8 products with a scale for each 128 values promote their sums to the
/// plain cores every 128 steps and shrink with the small batches of single experts; 20 of 132
/// multiprocessors do nothing but send and receive (V3 report, section 3.2.1), which is part of
/// these figures. They were set so that the report's 180 thousand H800 hours a trillion tokens come
/// out, and are kept for every other configuration.
///
/// @param fp8Products share of the FP8 peak in linear layers
/// @param bf16Products share of the BF16 peak in linear layers
/// @param attention share of the BF16 peak in attention, forward and backward together
/// @param memory share of the memory bandwidth in everything that is not a product
/// @param network share of the links' bandwidth
public record Efficiencies(
    double fp8Products, double bf16Products, double attention, double memory, double network) {
  /// For GPUs of the Hopper generation and alike.
  public static final Efficiencies GPU = new Efficiencies(0.27, 0.45, 0.30, 0.60, 0.80);

  /// For CPUs: Fathom's own kernels on AMX or AVX-512.
  public static final Efficiencies CPU = new Efficiencies(0.35, 0.35, 0.15, 0.60, 0.80);

  /// The defaults for a device: CPUs are those with at least as much memory as they fill in a
  /// second.
  public static Efficiencies of(Device device) {
    return device.memoryBandwidth() < 0.8e12 ? CPU : GPU;
  }
}
