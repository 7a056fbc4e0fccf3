package fathom.generation;

import fathom.generation.Counters.Counter;
import fathom.model.LanguageModel;
import fathom.model.StepBatch;
import fathom.tensor.Matrix;
import java.util.List;
import java.util.function.LongSupplier;

/// Runs planned steps: the model, the choice of tokens, drafting, and the news to the listeners.
final class StepRunner {
  private final LanguageModel model;
  private final Scheduler scheduler;
  private final Sampler sampler;
  private final SpeculativeDecoder decoder;
  private final Speculation speculation;
  private final Delivery delivery;
  private final Counters counters;
  private final LongSupplier clock;
  private final StepInput input = new StepInput();
  private int verified;
  private int accepted;

  StepRunner(EngineParts parts, Scheduler scheduler) {
    this.model = parts.model();
    this.scheduler = scheduler;
    this.sampler = parts.sampler();
    this.decoder = parts.decoder();
    this.speculation = parts.speculation();
    this.counters = parts.counters();
    this.clock = parts.options().nanoTime();
    this.delivery = new Delivery(parts, scheduler);
  }

  /// Ends sequences on behalf of others.
  Delivery delivery() {
    return delivery;
  }

  /// Runs one step.
  void run(StepPlan plan) {
    long begin = clock.getAsLong();
    verified = 0;
    accepted = 0;
    Matrix logits = model.forward(batch(plan));
    long computed = clock.getAsLong();
    int output = 0;
    for (int i = 0; i < plan.size(); i++) {
      Sequence sequence = plan.sequence(i);
      int outputs = outputs(sequence);
      advance(sequence, logits, output, outputs);
      output += outputs;
    }
    long chosen = clock.getAsLong();
    if (decoder.active()) {
      decoder.draft(plan);
    }
    commit(plan);
    measure(plan, computed - begin, clock.getAsLong() - chosen, clock.getAsLong() - begin);
  }

  private StepBatch batch(StepPlan plan) {
    int outputs = 0;
    for (int i = 0; i < plan.size(); i++) {
      outputs += outputs(plan.sequence(i));
    }
    input.begin(plan.totalRows(), outputs);
    for (int i = 0; i < plan.size(); i++) {
      add(plan.sequence(i));
    }
    return input.batch();
  }

  private void add(Sequence sequence) {
    int first = input.row();
    int rows = sequence.planned();
    int pending = sequence.pending();
    for (int row = 0; row < rows; row++) {
      boolean draft = row >= pending;
      input.add(draft ? sequence.draft().token() : sequence.ids()[sequence.computed() + row]);
      if (row >= pending - 1) {
        input.wantLogits();
      }
    }
    input.end(sequence.span(), first, sequence.computed());
  }

  private static int outputs(Sequence sequence) {
    return Math.max(0, sequence.planned() - sequence.pending() + 1);
  }

  /// Goes on by a step's rows: a piece of the prompt, or as many tokens as there are rows of
  /// logits, as long as each is what was drafted.
  private void advance(Sequence sequence, Matrix logits, int output, int outputs) {
    if (outputs == 0) {
      sequence.computed(sequence.computed() + sequence.planned());
      return;
    }
    int draft = outputs > 1 ? sequence.draft().token() : -1;
    verified += outputs - 1;
    sequence.computed(sequence.length());
    if (delivery.promptDone(sequence)) {
      seatFollowers(sequence, logits, output);
    }
    int id = next(sequence, logits, output);
    if (id >= 0 && id == draft) {
      accepted++;
      sequence.computed(sequence.length());
      if (sequence.status() == SequenceStatus.RUNNING) {
        next(sequence, logits, output + 1);
      }
    }
  }

  /// Chooses, appends and announces one token; returns it, or -1 if the sequence has ended without.
  private int next(Sequence sequence, Matrix logits, int output) {
    if (sequence.status() != SequenceStatus.RUNNING || sequence.promptOnly()) {
      return -1;
    }
    try {
      int id = sampler.choose(logits, output, sequence.choice(), sequence.answerLength());
      delivery.token(sequence, id);
      return id;
    } catch (GenerationException e) {
      delivery.fail(sequence, e);
    } catch (RuntimeException e) {
      // Whatever is wrong with one answer is no matter of the others in the batch.
      delivery.fail(sequence, new GenerationException("the answer failed: " + e, e));
    }
    return -1;
  }

  /// The prompt of a group is computed: the others of the group share its blocks and choose their
  /// first token from the same row.
  private void seatFollowers(Sequence leader, Matrix logits, int output) {
    List<Sequence> followers = leader.followers();
    for (Sequence follower : followers) {
      if (follower.status() != SequenceStatus.FOLLOWING) {
        continue;
      }
      if (!scheduler.hasSeat()) {
        scheduler.enqueue(follower);
        continue;
      }
      leader.cache().fork(follower.cache());
      follower.computed(leader.computed());
      scheduler.seatFollower(follower, clock.getAsLong());
      delivery.promptDone(follower);
      next(follower, logits, output);
      if (follower.promptOnly()) {
        delivery.finish(follower, FinishReason.LENGTH);
      }
    }
    followers.clear();
  }

  /// Registers full blocks, and ends the requests that wanted their prompt computed and no more.
  private void commit(StepPlan plan) {
    for (int i = 0; i < plan.size(); i++) {
      Sequence sequence = plan.sequence(i);
      if (sequence.status() != SequenceStatus.RUNNING) {
        continue;
      }
      sequence.commit();
      if (sequence.promptOnly() && sequence.pending() == 0) {
        delivery.finish(sequence, FinishReason.LENGTH);
      }
    }
  }

  private void measure(StepPlan plan, long forward, long draft, long whole) {
    int decoding = plan.totalRows() - plan.promptRows() - verified;
    scheduler.budget().measured(whole, decoding, plan.promptRows());
    if (plan.promptRows() == 0) {
      speculation.measured(decoding, verified, accepted, forward, draft);
    }
    counters.add(Counter.STEPS, 1);
    counters.add(Counter.STEP_SEQUENCES, plan.size());
    counters.add(Counter.STEP_NANOS, whole);
    counters.add(Counter.COMPUTED_TOKENS, plan.promptRows());
    counters.add(Counter.DRAFTED, verified);
    counters.add(Counter.ACCEPTED, accepted);
  }
}
