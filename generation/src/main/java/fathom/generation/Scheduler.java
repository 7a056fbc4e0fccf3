package fathom.generation;

import fathom.generation.Counters.Counter;
import fathom.model.CacheLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides what the next step computes: who joins the batch, how long prompts are cut, who has to
/// give blocks back when they run out.
///
/// Users get equal shares. Who has the fewest sequences in the batch joins first; of the prompt
/// tokens of a step the least served user gets the next 64; and when the batch or the memory is
/// full, a user with at least two sequences more than a waiting one gives one back. A sequence that
/// gives its blocks back (is *preempted*) waits at the head of its user's queue and is computed
/// again later; what of it is still in the [PrefixCache] then is not.
///
/// The oldest running sequence is never preempted for memory, and a sequence of the full context
/// fits the pool when it is alone, so there is always progress.
final class Scheduler {
  private final List<UserQueue> users = new ArrayList<>();
  private final List<Sequence> running = new ArrayList<>();
  private final Deque<Session.Parking> parked = new ArrayDeque<>();
  private final PrefixCache cache;
  private final CacheLayout layout;
  private final Speculation speculation;
  private final Counters counters;
  private final StepBudget budget;
  private final int maxSequences;
  private final int contextTokens;

  Scheduler(
      EngineOptions options,
      PrefixCache cache,
      CacheLayout layout,
      Speculation speculation,
      Counters counters) {
    this.cache = cache;
    this.layout = layout;
    this.speculation = speculation;
    this.counters = counters;
    this.budget = new StepBudget(options.batch().prefillTokens());
    this.maxSequences = options.batch().maxSequences();
    this.contextTokens = options.contextTokens();
  }

  /// What steps may compute.
  StepBudget budget() {
    return budget;
  }

  /// Sequences in the batch, oldest start first.
  List<Sequence> running() {
    return running;
  }

  /// Whether nothing waits and nothing runs.
  boolean idle() {
    return users.isEmpty();
  }

  /// Every sequence that waits or runs, those that follow others included.
  List<Sequence> all() {
    List<Sequence> all = new ArrayList<>();
    for (UserQueue queue : users) {
      queue.running().forEach(sequence -> collect(sequence, all));
      queue.waiting().forEach(sequence -> collect(sequence, all));
    }
    return all;
  }

  private static void collect(Sequence sequence, List<Sequence> all) {
    all.add(sequence);
    all.addAll(sequence.followers());
  }

  /// A new sequence at the end of its user's queue. It counts as waiting since its submission.
  void enqueue(Sequence sequence) {
    sequence.status(SequenceStatus.WAITING);
    queue(sequence).waiting().addLast(sequence);
  }

  private UserQueue queue(Sequence sequence) {
    for (int i = 0; i < users.size(); i++) {
      if (users.get(i).user().equals(sequence.user())) {
        return users.get(i);
      }
    }
    UserQueue queue = new UserQueue(sequence.user(), leastService());
    users.add(queue);
    return queue;
  }

  private double leastService() {
    double least = Double.POSITIVE_INFINITY;
    for (UserQueue queue : users) {
      least = Math.min(least, queue.service());
    }
    return users.isEmpty() ? 0 : least;
  }

  /// Whether one more sequence may join the batch.
  boolean hasSeat() {
    return running.size() < maxSequences;
  }

  /// Puts a sequence into the batch whose blocks are there already.
  void seat(Sequence sequence) {
    sequence.status(SequenceStatus.RUNNING);
    running.add(sequence);
    queue(sequence).running().add(sequence);
    counters.add(Counter.RUNNING, 1);
  }

  /// Puts a sequence into the batch that followed another up to now.
  void seatFollower(Sequence follower, long now) {
    counters.add(Counter.WAITING, -1);
    noteStart(
        follower, follower.computed() / CacheLayout.BLOCK_TOKENS * CacheLayout.BLOCK_TOKENS, now);
    seat(follower);
  }

  /// Removes a sequence that has ended, wherever it is, with its blocks.
  void finish(Sequence sequence) {
    UserQueue queue = queue(sequence);
    if (running.remove(sequence)) {
      queue.running().remove(sequence);
      counters.add(Counter.RUNNING, -1);
    } else if (queue.waiting().remove(sequence) || sequence.status() == SequenceStatus.FOLLOWING) {
      counters.add(Counter.WAITING, -1);
    }
    sequence.status(SequenceStatus.FINISHED);
    for (Sequence follower : sequence.followers()) {
      if (follower.status() == SequenceStatus.FOLLOWING) {
        enqueue(follower);
      }
    }
    Session.Parking place = sequence.ticket().parking();
    if (place == null || place.closed()) {
      sequence.cache().release();
    } else {
      parked.remove(place);
      place.park(sequence);
      parked.addLast(place);
    }
    if (queue.isEmpty()) {
      users.remove(queue);
    }
  }

  /// Gives back what a session has kept.
  void unpark(Session.Parking place) {
    parked.remove(place);
    place.release();
  }

  /// Gives back what all sessions have kept.
  void unparkAll() {
    boolean more = true;
    while (more) {
      more = reclaimParked();
    }
  }

  /// Fills the batch and plans the next step.
  void plan(StepPlan plan, long now) {
    admit(now);
    plan.clear();
    boolean decoding = planDecoding(plan);
    planPrefill(plan, budget.promptTokens(decoding));
  }

  private void admit(long now) {
    while (true) {
      UserQueue next = mostEntitled();
      if (next == null) {
        return;
      }
      Sequence sequence = next.waiting().getFirst();
      if (hasSeat() && place(sequence)) {
        next.waiting().removeFirst();
        counters.add(Counter.WAITING, -1);
        noteStart(sequence, sequence.computed(), now);
        seat(sequence);
      } else if (!makeRoom(next)) {
        return;
      }
    }
  }

  private void noteStart(Sequence sequence, int found, long now) {
    if (sequence.clocks().started == 0) {
      sequence.clocks().started = now;
      sequence.noteHits(found);
      counters.add(Counter.HIT_TOKENS, sequence.hits());
    }
  }

  /// Of the users who wait, the one with the fewest running sequences, of equals the least served.
  private @Nullable UserQueue mostEntitled() {
    UserQueue best = null;
    for (int i = 0; i < users.size(); i++) {
      UserQueue queue = users.get(i);
      if (!queue.waiting().isEmpty() && (best == null || queue.before(best))) {
        best = queue;
      }
    }
    return best;
  }

  /// Finds and takes the blocks for all that is known of a sequence and one token more.
  private boolean place(Sequence sequence) {
    int rows = Math.min(sequence.length() + 1, contextTokens);
    int blocks = layout.blocks(rows) - sequence.cache().blocks();
    int slack = running.size(); // so that nobody is preempted again by the next block of another
    while (cache.available() < blocks + slack) {
      if (!reclaimParked()) {
        return false;
      }
    }
    if (sequence.cache().blocks() == 0) {
      sequence.computed(sequence.cache().attach(sequence.ids(), sequence.length()));
      sequence.draft().restart(sequence, speculation.wanted());
    }
    if (sequence.cache().prepare(sequence.computed(), rows)) {
      return true;
    }
    sequence.giveBack();
    return false;
  }

  private boolean reclaimParked() {
    Session.Parking oldest = parked.pollFirst();
    if (oldest == null) {
      return false;
    }
    oldest.release();
    return true;
  }

  /// Takes a sequence from the user with the most, if that is at least two more than the hungry one
  /// has.
  private boolean makeRoom(UserQueue hungry) {
    UserQueue richest = richest();
    if (richest == null || richest.running().size() < hungry.running().size() + 2) {
      return false;
    }
    preempt(richest.running().getLast());
    return true;
  }

  private @Nullable UserQueue richest() {
    UserQueue richest = null;
    for (int i = 0; i < users.size(); i++) {
      UserQueue queue = users.get(i);
      if (richest == null || queue.running().size() > richest.running().size()) {
        richest = queue;
      }
    }
    return richest;
  }

  private void preempt(Sequence sequence) {
    UserQueue queue = queue(sequence);
    running.remove(sequence);
    queue.running().remove(sequence);
    queue.waiting().addFirst(sequence);
    sequence.status(SequenceStatus.WAITING);
    sequence.giveBack();
    counters.add(Counter.RUNNING, -1);
    counters.add(Counter.WAITING, 1);
    counters.add(Counter.PREEMPTIONS, 1);
  }

  private boolean planDecoding(StepPlan plan) {
    int index = 0;
    while (index < running.size()) {
      Sequence sequence = running.get(index);
      if (!sequence.decoding()
          || sequence.cache().prepare(sequence.computed(), sequence.length())
          || reclaimParkedFor(sequence)) {
        index++;
      } else {
        Sequence victim = victim();
        index -= running.indexOf(victim) < index ? 1 : 0;
        preempt(victim);
      }
    }
    boolean any = false;
    for (int i = 0; i < running.size(); i++) {
      Sequence sequence = running.get(i);
      if (sequence.decoding()) {
        plan.addDecode(sequence, speculation.verifies() && roomForDraft(sequence));
        queue(sequence).serve(1);
        any = true;
      }
    }
    return any;
  }

  private boolean reclaimParkedFor(Sequence sequence) {
    while (reclaimParked()) {
      if (sequence.cache().prepare(sequence.computed(), sequence.length())) {
        return true;
      }
    }
    return false;
  }

  private boolean roomForDraft(Sequence sequence) {
    return sequence.draft().token() >= 0
        && sequence.length() < contextTokens
        && sequence.cache().prepare(sequence.computed(), sequence.length() + 1);
  }

  /// Who gives blocks back: the newest sequence of the user with the most, or the newest of all if
  /// nobody has two.
  private Sequence victim() {
    UserQueue richest = richest();
    return richest == null || richest.running().size() < 2
        ? running.getLast()
        : richest.running().getLast();
  }

  private void planPrefill(StepPlan plan, int tokens) {
    int left = tokens;
    while (left > 0) {
      UserQueue next = leastServedWithPrompt();
      if (next == null) {
        return;
      }
      int rows = plan.addPrefill(next.nextPrefill());
      next.serve(rows);
      left -= rows;
    }
  }

  private @Nullable UserQueue leastServedWithPrompt() {
    UserQueue best = null;
    for (int i = 0; i < users.size(); i++) {
      UserQueue queue = users.get(i);
      if ((best == null || queue.service() < best.service()) && queue.prefilling()) {
        best = queue;
      }
    }
    return best;
  }
}
