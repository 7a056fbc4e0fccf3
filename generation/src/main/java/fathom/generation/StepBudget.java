package fathom.generation;

import fathom.model.CacheLayout;

/// How many prompt tokens a step may compute. A prompt alone gets all that the options allow. While
/// others decode, the step is to take no longer than [#STRETCH] steps without prompts, so that
/// their text goes on evenly; but 64 tokens a step are always computed.
final class StepBudget {
  private static final double STRETCH = 4;
  private static final double WEIGHT_OF_LATEST = 0.2;

  private final int most;
  private double decodeNanos;
  private double nanosPerPromptToken;

  StepBudget(int most) {
    this.most = most;
  }

  /// Prompt tokens for the next step.
  int promptTokens(boolean othersDecode) {
    if (!othersDecode || decodeNanos == 0 || nanosPerPromptToken == 0) {
      return most;
    }
    double affordable = (STRETCH - 1) * decodeNanos / nanosPerPromptToken;
    int blocks = (int) Math.min(affordable / CacheLayout.BLOCK_TOKENS, most);
    return Math.clamp((long) blocks * CacheLayout.BLOCK_TOKENS, CacheLayout.BLOCK_TOKENS, most);
  }

  /// Learns from a step.
  void measured(long nanos, int decodeRows, int promptRows) {
    if (promptRows == 0) {
      decodeNanos = mean(decodeNanos, (double) nanos);
    } else if (promptRows >= CacheLayout.BLOCK_TOKENS) {
      double share = Math.max(nanos - (decodeRows > 0 ? decodeNanos : 0), nanos * 0.1);
      nanosPerPromptToken = mean(nanosPerPromptToken, share / promptRows);
    }
  }

  private static double mean(double before, double latest) {
    return before == 0 ? latest : before + WEIGHT_OF_LATEST * (latest - before);
  }
}
