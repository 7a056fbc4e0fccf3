package fathom.training;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Tells copies from new documents: exact ones by a hash of the text, near ones by MinHash (Broder,
/// 1997) over runs of five words, 16 bands of 8 values, and then a share of at least 0.8 equal
/// values, which estimates the share of common runs.
final class Deduplication {
  enum Verdict {
    NEW,
    EXACT_COPY,
    NEAR_COPY
  }

  private static final int RUN = 5;
  private static final int BANDS = 16;
  private static final int ROWS = 8;
  private static final double SIMILAR = 0.8;

  // One strong hash of each run, and multiply-shift permutations of it.
  private static final long[] FACTORS = factors();

  private final boolean near;
  private final Set<String> hashes = new HashSet<>();
  private final List<int[]> signatures = new ArrayList<>();
  private final Map<Long, List<Integer>> bands = new HashMap<>();

  /// @param near whether near copies are looked for
  Deduplication(boolean near) {
    this.near = near;
  }

  Verdict take(String document) {
    if (!hashes.add(hash(document))) {
      return Verdict.EXACT_COPY;
    }
    if (!near) {
      return Verdict.NEW;
    }
    String[] words = document.toLowerCase(java.util.Locale.ROOT).split("[^\\p{L}\\p{N}]+");
    if (words.length < 2 * RUN) {
      return Verdict.NEW;
    }
    int[] signature = signature(words);
    long[] keys = new long[BANDS];
    for (int band = 0; band < BANDS; band++) {
      keys[band] = key(signature, band);
      for (int other : bands.getOrDefault(keys[band], List.of())) {
        if (similarity(signature, signatures.get(other)) >= SIMILAR) {
          return Verdict.NEAR_COPY;
        }
      }
    }
    for (long key : keys) {
      bands.computeIfAbsent(key, k -> new ArrayList<>(1)).add(signatures.size());
    }
    signatures.add(signature);
    return Verdict.NEW;
  }

  private static long[] factors() {
    long[] factors = new long[BANDS * ROWS];
    Arrays.setAll(factors, i -> Permutation.mix(i) | 1);
    return factors;
  }

  private static String hash(String document) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(document.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static int[] signature(String[] words) {
    int[] least = new int[BANDS * ROWS];
    Arrays.fill(least, Integer.MAX_VALUE);
    for (int first = 0; first + RUN <= words.length; first++) {
      long run = 17;
      for (int i = first; i < first + RUN; i++) {
        run = Permutation.mix(run ^ words[i].hashCode());
      }
      for (int i = 0; i < least.length; i++) {
        int value = (int) ((run * FACTORS[i]) >>> 33);
        least[i] = Math.min(least[i], value);
      }
    }
    return least;
  }

  private static long key(int[] signature, int band) {
    long key = band;
    for (int i = band * ROWS; i < (band + 1) * ROWS; i++) {
      key = Permutation.mix(key ^ signature[i]);
    }
    return key;
  }

  private static double similarity(int[] one, int[] other) {
    int equal = 0;
    for (int i = 0; i < one.length; i++) {
      equal += one[i] == other[i] ? 1 : 0;
    }
    return (double) equal / one.length;
  }
}
