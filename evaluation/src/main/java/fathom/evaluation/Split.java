package fathom.evaluation;

/// Which side of the fence a generated problem stands on. One operand tuple in eight is held out,
/// by a hash of its text, so the fence is the same for every seed, run and machine.
public enum Split {
  /// Problems that a model may be trained on.
  TRAIN,
  /// Problems that only tests may use: their operands and their phrasings are never trained on.
  HELD_OUT;

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final int HELD_OUT_SHARE = 8;

  /// Returns the side on which the operands lie. FNV-1a over the characters, then SplitMix64's
  /// finaliser, since FNV's low bits alone are poor.
  public static Split of(String operands) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < operands.length(); i++) {
      hash = (hash ^ operands.charAt(i)) * FNV_PRIME;
    }
    hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
    hash ^= hash >>> 31;
    return Math.floorMod(hash, HELD_OUT_SHARE) == 0 ? HELD_OUT : TRAIN;
  }
}
