package fathom.generation;

import fathom.generation.Counters.Counter;
import fathom.model.CacheLayout;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/// The engine's thread: takes commands between steps, and steps as long as there is work.
final class EngineLoop implements Runnable {
  private final EngineParts parts;
  private final Scheduler scheduler;
  private final StepRunner runner;
  private final StepPlan plan = new StepPlan();
  private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
  private final CompletableFuture<Void> idle = new CompletableFuture<>();
  private boolean draining;
  private boolean stopped;
  private boolean ended;

  EngineLoop(EngineParts parts) {
    this.parts = parts;
    this.scheduler =
        new Scheduler(
            parts.options(),
            parts.cache(),
            parts.model().cacheLayout(),
            parts.speculation(),
            parts.counters());
    this.runner = new StepRunner(parts, scheduler);
  }

  /// Has a command run between two steps; returns false if the thread has ended.
  boolean execute(Runnable command) {
    synchronized (commands) {
      return !ended && commands.add(command);
    }
  }

  @Override
  public void run() {
    try {
      serve();
    } finally {
      end(); // whatever has happened, nobody is left waiting
    }
  }

  private void serve() {
    while (!stopped) {
      try {
        await();
        if (!scheduler.idle()) {
          step();
        }
      } catch (InterruptedException e) {
        stop(); // nobody but the virtual machine's end interrupts this thread
      }
      parts.counters().set(Counter.FREE_BLOCKS, parts.pool().available());
      parts.counters().set(Counter.CACHED_BLOCKS, parts.cache().unused());
      parts
          .counters()
          .set(Counter.DISK_HIT_TOKENS, CacheLayout.BLOCK_TOKENS * parts.cache().diskHits());
      if (draining && scheduler.idle()) {
        idle.complete(null);
      }
    }
  }

  private void end() {
    synchronized (commands) {
      ended = true;
    }
    for (Runnable late = commands.poll(); late != null; late = commands.poll()) {
      late.run();
    }
    stop();
    idle.complete(null);
  }

  private void await() throws InterruptedException {
    Runnable command = scheduler.idle() ? commands.take() : commands.poll();
    while (command != null) {
      command.run();
      command = commands.poll();
    }
  }

  private void step() {
    try {
      scheduler.plan(plan, parts.options().nanoTime().getAsLong());
      if (plan.isEmpty()) {
        throw new GenerationException("nothing can run: the cache blocks do not suffice");
      }
      runner.run(plan);
    } catch (RuntimeException | Error e) {
      failAll(e);
    }
  }

  /// A failed step leaves its sequences in no state to go on; those that only wait are spared,
  /// unless none was planned.
  private void failAll(Throwable cause) {
    GenerationException failure =
        cause instanceof GenerationException known
            ? known
            : new GenerationException("the model failed: " + cause, cause);
    List<Sequence> affected = plan.isEmpty() ? scheduler.all() : List.copyOf(scheduler.running());
    for (Sequence sequence : affected) {
      runner.delivery().fail(sequence, failure);
    }
  }

  /// Queues a new sequence, and others that want its prompt's cache.
  void begin(Sequence sequence, List<Sequence> followers) {
    for (Sequence follower : followers) {
      follower.status(SequenceStatus.FOLLOWING);
      sequence.followers().add(follower);
    }
    Session.Parking place = sequence.ticket().parking();
    if (place != null) {
      place.resume(sequence, parts.speculation().wanted());
    }
    scheduler.enqueue(sequence);
  }

  void cancel(Ticket ticket) {
    for (Sequence sequence : scheduler.all()) {
      if (sequence.ticket() == ticket) {
        runner.delivery().finish(sequence, FinishReason.CANCELLED);
        return;
      }
    }
  }

  void clearPrefixCache() {
    parts.cache().clear();
  }

  void unpark(Session.Parking place) {
    scheduler.unpark(place);
  }

  /// Completes once nothing waits and nothing runs.
  CompletableFuture<Void> drain() {
    return execute(() -> draining = true) ? idle : CompletableFuture.completedFuture(null);
  }

  /// Ends all requests and then the thread.
  void stop() {
    for (Sequence sequence : scheduler.all()) {
      runner.delivery().finish(sequence, FinishReason.CANCELLED);
    }
    scheduler.unparkAll();
    stopped = true;
  }
}
