package fathom.generation;

import fathom.generation.Counters.Counter;

/// Decides whether drafting pays, from what steps cost and how many drafts are right.
///
/// A step that verifies drafts computes two rows a sequence and drafts anew; it brings `1 + a`
/// tokens, where a is the share of drafts accepted. So drafting gains the factor `(1 + a) * plain /
/// (verify + draft)`. The cost of a plain step is measured by leaving the drafts unused now and
/// then. Costs are compared at the same number of sequences only. When the factor has stayed below
/// 1, drafting stops; much later new sequences try again.
final class Speculation {
  private static final int PLAIN_EVERY = 32;
  private static final int MEASUREMENTS = 24;
  private static final long TRY_AGAIN_AFTER_STEPS = 8192;

  private final boolean available;
  private final Counters counters;
  private boolean on;
  private long steps;
  private long stoppedAt;
  private int sequences;
  private final RunningMean plain = new RunningMean(0.25);
  private final RunningMean verifying = new RunningMean(0.05);
  private final RunningMean acceptance = new RunningMean(0.05);

  Speculation(boolean available, Counters counters) {
    this.available = available;
    this.counters = counters;
    turn(available);
  }

  /// A mean in which later values count more.
  private static final class RunningMean {
    private final double weight;
    private double mean;
    private int count;

    RunningMean(double weight) {
      this.weight = weight;
    }

    void add(double value) {
      count++;
      mean += Math.max(weight, 1.0 / count) * (value - mean);
    }

    void clear() {
      count = 0;
      mean = 0;
    }
  }

  /// Whether the model can draft and the options allow it.
  boolean available() {
    return available;
  }

  /// Whether new sequences are to draft.
  boolean wanted() {
    return on;
  }

  /// Whether the next step verifies the drafts; otherwise it leaves them, to measure a plain step.
  boolean verifies() {
    return on && steps % PLAIN_EVERY != 0;
  }

  /// Learns from a step in which `count` sequences decoded and no prompt was computed.
  ///
  /// @param verified drafts that were verified
  /// @param accepted those that were right
  /// @param forwardNanos the model's step
  /// @param draftNanos drafting anew
  void measured(int count, int verified, int accepted, long forwardNanos, long draftNanos) {
    steps++;
    if (!on) {
      turn(available && steps - stoppedAt >= TRY_AGAIN_AFTER_STEPS);
      return;
    }
    if (count != sequences) {
      sequences = count;
      plain.clear();
      verifying.clear();
    }
    if (verified == 0) {
      plain.add((double) forwardNanos);
    } else if (verified == count) {
      verifying.add((double) (forwardNanos + draftNanos));
      acceptance.add((double) accepted / verified);
      judge();
    }
  }

  private void judge() {
    if (plain.count == 0 || verifying.count < MEASUREMENTS) {
      return;
    }
    double speedup = (1 + acceptance.mean) * plain.mean / Math.max(verifying.mean, 1);
    counters.set(Counter.SPEEDUP_THOUSANDTHS, Math.round(1000 * speedup));
    if (speedup < 1) {
      stoppedAt = steps;
      turn(false);
    }
  }

  private void turn(boolean value) {
    if (value && !on) {
      plain.clear();
      verifying.clear();
      acceptance.clear();
    }
    on = value;
    counters.set(Counter.DRAFTING, value ? 1 : 0);
  }
}
