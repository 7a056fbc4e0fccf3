package fathom.generation;

import fathom.generation.Counters.Counter;
import java.util.function.LongSupplier;

/// Appends tokens to sequences, tells their listeners, and ends sequences when they are over.
final class Delivery {
  private final Scheduler scheduler;
  private final Counters counters;
  private final LongSupplier clock;
  private final int contextTokens;
  private final TokenReport report;
  private final TokenView view;

  Delivery(EngineParts parts, Scheduler scheduler) {
    this.scheduler = scheduler;
    this.counters = parts.counters();
    this.clock = parts.options().nanoTime();
    this.contextTokens = parts.options().contextTokens();
    this.report = parts.sampler().report();
    this.view = new TokenView(report);
  }

  /// The prompt is computed, perhaps again; returns whether for the first time.
  boolean promptDone(Sequence sequence) {
    Sequence.Clocks clocks = sequence.clocks();
    if (clocks.prefilled != 0) {
      return false;
    }
    clocks.prefilled = Math.max(clock.getAsLong(), 1);
    sequence.commit();
    sequence.cache().store();
    try {
      sequence.ticket().listener().onPrefilled(sequence.usage());
    } catch (RuntimeException e) {
      listenerFailed(sequence, e);
    }
    return true;
  }

  /// The next token of an answer.
  void token(Sequence sequence, int id) {
    if (sequence.answerLength() == 0) {
      firstToken(sequence);
    }
    counters.add(Counter.GENERATED_TOKENS, 1);
    ChoiceState choice = sequence.choice();
    Answer answer = sequence.answer();
    sequence.append(id);
    choice.accept(id);
    boolean ends = choice.ends(id);
    String text = ends ? "" : answer.accept(id);
    boolean full = full(sequence);
    boolean last = ends || answer.stopped() || choice.exhausted() || full;
    if (last) {
      text = join(text, answer.finish());
    }
    answer.report(id, report);
    try {
      int index = sequence.answerLength() - 1;
      sequence.ticket().listener().onToken(view.show(index, id, text, last));
    } catch (RuntimeException e) {
      listenerFailed(sequence, e);
      return;
    }
    if (last) {
      boolean stopped = ends || answer.stopped() || choice.exhausted();
      finish(sequence, stopped ? FinishReason.STOP : FinishReason.LENGTH);
    }
  }

  private static String join(String text, String rest) {
    return rest.isEmpty() ? text : text + rest;
  }

  private boolean full(Sequence sequence) {
    return sequence.answerLength() >= sequence.choice().parameters().ending().maxTokens()
        || sequence.length() >= contextTokens;
  }

  private void firstToken(Sequence sequence) {
    Sequence.Clocks clocks = sequence.clocks();
    clocks.firstToken = clock.getAsLong();
    long waited = clocks.firstToken - clocks.submitted;
    counters.add(Counter.FIRST_TOKENS, 1);
    counters.add(Counter.QUEUED_NANOS, clocks.started - clocks.submitted);
    counters.add(Counter.FIRST_TOKEN_NANOS, waited);
    counters.max(Counter.LONGEST_FIRST_TOKEN_NANOS, waited);
  }

  /// Ends a sequence in whatever state it is.
  void finish(Sequence sequence, FinishReason reason) {
    if (sequence.status() == SequenceStatus.FINISHED) {
      return;
    }
    counters.add(reason == FinishReason.CANCELLED ? Counter.CANCELLED : Counter.FINISHED, 1);
    if (reason == FinishReason.CANCELLED) {
      sequence.answer().finish();
    }
    GenerationResult result = new GenerationResult(sequence, reason, timings(sequence));
    leave(sequence);
    try {
      sequence.ticket().finish(result);
    } catch (RuntimeException e) {
      // The caller has its result; that its listener can't take it concerns nobody else.
      counters.add(Counter.LISTENER_FAILURES, 1);
    }
  }

  /// Ends a sequence that can't go on.
  void fail(Sequence sequence, GenerationException failure) {
    if (sequence.status() == SequenceStatus.FINISHED) {
      return;
    }
    counters.add(Counter.FAILED, 1);
    leave(sequence);
    try {
      sequence.ticket().fail(failure);
    } catch (RuntimeException e) {
      counters.add(Counter.LISTENER_FAILURES, 1);
    }
  }

  private void listenerFailed(Sequence sequence, RuntimeException cause) {
    counters.add(Counter.LISTENER_FAILURES, 1);
    counters.add(Counter.CANCELLED, 1);
    leave(sequence);
    sequence.ticket().abandon(new GenerationException("the listener failed: " + cause, cause));
  }

  private void leave(Sequence sequence) {
    if (sequence.clocks().prefilled != 0) {
      sequence.commit();
      sequence.cache().store();
    }
    scheduler.finish(sequence);
  }

  private Timings timings(Sequence sequence) {
    Sequence.Clocks clocks = sequence.clocks();
    long now = clock.getAsLong();
    long started = clocks.started == 0 ? now : clocks.started;
    long prefilled = clocks.prefilled == 0 ? now : clocks.prefilled;
    long first = clocks.firstToken == 0 ? now : clocks.firstToken;
    return new Timings(
        started - clocks.submitted,
        Math.max(0, prefilled - started),
        first - clocks.submitted,
        now - first);
  }
}
