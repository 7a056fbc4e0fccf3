package fathom.generation;

import fathom.generation.Counters.Counter;

/// Reads an engine's counters, from any thread.
final class StatisticsReader {
  private final EngineParts parts;
  private final Counters counters;

  StatisticsReader(EngineParts parts) {
    this.parts = parts;
    this.counters = parts.counters();
  }

  EngineStatistics read() {
    return new EngineStatistics(requests(), tokens(), blocks(), steps(), waiting(), speculation());
  }

  private EngineStatistics.Requests requests() {
    return new EngineStatistics.Requests(
        (int) count(Counter.WAITING),
        (int) count(Counter.RUNNING),
        count(Counter.FINISHED),
        count(Counter.CANCELLED),
        count(Counter.FAILED),
        count(Counter.REJECTED),
        count(Counter.PREEMPTIONS));
  }

  private EngineStatistics.Tokens tokens() {
    return new EngineStatistics.Tokens(
        count(Counter.PROMPT_TOKENS),
        count(Counter.HIT_TOKENS),
        count(Counter.DISK_HIT_TOKENS),
        count(Counter.COMPUTED_TOKENS),
        count(Counter.GENERATED_TOKENS));
  }

  private EngineStatistics.Blocks blocks() {
    return new EngineStatistics.Blocks(
        parts.pool().total(),
        (int) count(Counter.FREE_BLOCKS),
        (int) count(Counter.CACHED_BLOCKS),
        parts.pool().blockBytes(),
        parts.cache().diskBytes());
  }

  private EngineStatistics.Steps steps() {
    return new EngineStatistics.Steps(
        count(Counter.STEPS), count(Counter.STEP_SEQUENCES), count(Counter.STEP_NANOS));
  }

  private EngineStatistics.Waiting waiting() {
    return new EngineStatistics.Waiting(
        count(Counter.FIRST_TOKENS),
        count(Counter.QUEUED_NANOS),
        count(Counter.FIRST_TOKEN_NANOS),
        count(Counter.LONGEST_FIRST_TOKEN_NANOS));
  }

  private EngineStatistics.Speculation speculation() {
    return new EngineStatistics.Speculation(
        parts.speculation().available(),
        count(Counter.DRAFTING) == 1,
        count(Counter.DRAFTED),
        count(Counter.ACCEPTED),
        count(Counter.SPEEDUP_THOUSANDTHS) / 1000.0);
  }

  private long count(Counter counter) {
    return counters.get(counter);
  }
}
