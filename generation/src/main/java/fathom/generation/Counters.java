package fathom.generation;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/// Numbers that the engine's thread writes and any thread reads, without locks and garbage.
final class Counters {
  /// What is counted.
  enum Counter {
    WAITING,
    RUNNING,
    FINISHED,
    CANCELLED,
    FAILED,
    REJECTED,
    LISTENER_FAILURES,
    PREEMPTIONS,
    PROMPT_TOKENS,
    HIT_TOKENS,
    DISK_HIT_TOKENS,
    COMPUTED_TOKENS,
    GENERATED_TOKENS,
    FREE_BLOCKS,
    CACHED_BLOCKS,
    STEPS,
    STEP_SEQUENCES,
    STEP_NANOS,
    FIRST_TOKENS,
    QUEUED_NANOS,
    FIRST_TOKEN_NANOS,
    LONGEST_FIRST_TOKEN_NANOS,
    DRAFTED,
    ACCEPTED,
    DRAFTING,
    SPEEDUP_THOUSANDTHS
  }

  private final Map<Counter, AtomicLong> values = new EnumMap<>(Counter.class);

  Counters() {
    for (Counter counter : Counter.values()) {
      values.put(counter, new AtomicLong());
    }
  }

  private AtomicLong value(Counter counter) {
    return Objects.requireNonNull(values.get(counter));
  }

  void add(Counter counter, long amount) {
    value(counter).getAndAdd(amount);
  }

  long addAndGet(Counter counter, long amount) {
    return value(counter).addAndGet(amount);
  }

  void set(Counter counter, long amount) {
    value(counter).setRelease(amount);
  }

  void max(Counter counter, long amount) {
    if (amount > get(counter)) {
      set(counter, amount);
    }
  }

  long get(Counter counter) {
    return value(counter).getAcquire();
  }
}
