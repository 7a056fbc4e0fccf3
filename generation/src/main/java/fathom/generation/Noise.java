package fathom.generation;

/// The randomness of sampling as a pure function of seed, position and token.
///
/// A sequence of draws would tie a token to the number of draws before it, and so to what ran
/// before: to drafts that were rejected, to a preemption. A function of the place does not: the
/// same request gives the same answer in any batch, with drafting or without, after any
/// interruption. The numbers are those of SplitMix64 (Steele, Lea, Flood: "Fast splittable
/// pseudorandom number generators", 2014), whose n-th output is a mix of `state + n * gamma`.
final class Noise {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;
  private static final double UNIT = 0x1p-53;

  private Noise() {}

  /// The stream of one position of one request.
  static long stream(long seed, int position) {
    return mix(mix(seed + GAMMA) + (position + 1L) * GAMMA);
  }

  /// A number in [0, 1) for one token.
  static double uniform(long stream, int id) {
    return (mix(stream + (id + 1L) * GAMMA) >>> 11) * UNIT;
  }

  /// The seed of the n-th request of an engine that was not given one.
  static long seed(long engineSeed, long request) {
    return mix(mix(engineSeed) ^ request * GAMMA);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
