package fathom.tensor;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A fixed set of daemon threads that, with the calling thread, run the parts of one operation
/// after the other.
///
/// A token's way through a model is some hundreds of operations of a few microseconds each, so a
/// thread that slept in between would cost more than it gives: helpers spin for a moment after each
/// operation before they park. They never spin where there are more threads than processors.
///
/// ## How parts are handed out
///
/// Each thread begins with a range of neighbouring parts of its own, because memory that is read as
/// one long stream arrives up to a quarter faster than pieces that threads take in turns; a thread
/// that is done helps the next one.
///
/// One long a range holds the number of the run in its upper half and the next part in its lower
/// half. Whoever moves it forward by compare-and-set owns that part. The number of a run is even;
/// while the caller replaces the task it is odd, so that a helper that comes late and has read the
/// end of one run and the task of the next fails to move it and looks again. Each thread counts its
/// parts and adds them to those that are done when it finds no more: one counter that every part
/// moved would go to and fro between the caches. A run ends when as many parts are done as there
/// are; nothing is allocated. What has one part only is the caller's, and no helper hears of it.
public final class WorkerPool implements Workers {
  private static final long SPIN_NANOS = 50_000;
  private static final int SPINS_PER_CLOCK_READ = 32;

  /// Longs from one range's claim to the next: two cache lines, so that they do not disturb each
  /// other.
  private static final int APART = 16;

  private final Helper[] helpers;
  private final long spinNanos;
  private final AtomicLongArray claims;
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile @Nullable Thread waiting;
  private volatile boolean closed;

  // Written only while the number of the run is odd. Volatile, so that whoever reads a new value
  // also finds `claims` changed.
  private volatile Task task = part -> {};
  private volatile int parts;

  /// A pool of `threads` threads, the caller's included.
  ///
  /// @throws IllegalArgumentException if `threads` is not positive
  public WorkerPool(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
    }
    spinNanos = threads <= Runtime.getRuntime().availableProcessors() ? SPIN_NANOS : 0;
    claims = new AtomicLongArray(threads * APART);
    helpers = new Helper[threads - 1];
    for (int i = 0; i < helpers.length; i++) {
      helpers[i] = new Helper(i + 1);
      helpers[i].start();
    }
  }

  /// A pool as wide as the processors that this process may use.
  public static WorkerPool ofProcessors() {
    return new WorkerPool(Runtime.getRuntime().availableProcessors());
  }

  @Override
  public int threads() {
    return helpers.length + 1;
  }

  /// Runs `task` for the parts `0 .. parts - 1`.
  ///
  /// @throws IllegalStateException if the pool is closed or already runs something
  @Override
  public void run(int parts, Task task) {
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException("worker pool: expected one run at a time, found a second");
    }
    try {
      if (closed) {
        throw new IllegalStateException("worker pool: expected an open pool, found a closed one");
      }
      if (parts == 1) {
        task.run(0);
      } else if (parts > 1) {
        runOpen(parts, task);
      }
    } finally {
      busy.set(false);
    }
  }

  private void runOpen(int newParts, Task newTask) {
    int run = run() + 2;
    for (int range = 0; range <= helpers.length; range++) {
      claims.set(range * APART, (run - 1L) << 32);
    }
    task = newTask;
    parts = newParts;
    done.set(0);
    // Range 0 last: helpers look at its number to see that a run has begun.
    for (int range = helpers.length; range >= 0; range--) {
      claims.set(range * APART, (long) run << 32 | firstPart(range, newParts));
    }
    int wanted = Math.min(helpers.length, newParts - 1);
    for (int i = 0; i < wanted; i++) {
      helpers[i].wake();
    }
    work(run, 0);
    awaitDone(newParts);
    Throwable thrown = failure.getAndSet(null);
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
    if (thrown instanceof Error error) {
      throw error;
    }
  }

  /// Number of the present run; odd between two runs.
  private int run() {
    return (int) (claims.get(0) >>> 32);
  }

  /// Where a range begins, and the one before it ends.
  private int firstPart(int range, int allParts) {
    return (int) ((long) range * allParts / threads());
  }

  private static boolean isBetweenRuns(int run) {
    return (run & 1) != 0;
  }

  /// Takes and runs parts of one run until none is left, those of one range first.
  private void work(int run, int firstRange) {
    int ran = 0;
    for (int i = 0; i < threads(); i++) {
      ran += workRange(run, (firstRange + i) % threads());
    }
    int count = parts; // that of this run, as long as parts of this thread are not counted
    if (ran > 0 && done.addAndGet(ran) == count) {
      LockSupport.unpark(waiting);
    }
  }

  /// Takes and runs parts of a range until none is left; how many.
  private int workRange(int run, int range) {
    int place = range * APART;
    int ran = 0;
    for (long claim = claims.get(place); (int) (claim >>> 32) == run; claim = claims.get(place)) {
      Task current = task;
      int count = parts;
      int part = (int) claim;
      if (part >= firstPart(range + 1, count)) {
        return ran;
      }
      if (claims.compareAndSet(place, claim, claim + 1)) {
        runPart(current, part);
        ran++;
      }
    }
    return ran;
  }

  // A part may throw anything; the caller gets it after the other parts have ended.
  @SuppressWarnings("CatchThrowable")
  private void runPart(Task current, int part) {
    try {
      current.run(part);
    } catch (Throwable thrown) {
      failure.compareAndSet(null, thrown);
    }
  }

  private void awaitDone(int count) {
    long start = 0;
    for (int spins = 1; done.get() < count; spins++) {
      if (spins % SPINS_PER_CLOCK_READ != 0) {
        Thread.onSpinWait();
        continue;
      }
      long now = System.nanoTime();
      start = start == 0 ? now : start;
      if (now - start >= spinNanos) {
        waiting = Thread.currentThread();
        while (done.get() < count) {
          LockSupport.park(this);
        }
        waiting = null;
      }
    }
  }

  /// Ends the helpers; runs that come later are refused.
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    for (Helper helper : helpers) {
      LockSupport.unpark(helper);
      while (helper.isAlive() && helper != Thread.currentThread()) {
        try {
          helper.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Helper extends Thread {
    private final int range;
    private volatile boolean parked;

    Helper(int range) {
      super("fathom-worker-" + range);
      this.range = range;
      setDaemon(true);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      int seen = 0;
      while (!closed) {
        int run = WorkerPool.this.run();
        if (run == seen || isBetweenRuns(run)) {
          awaitRunAfter(seen);
        } else {
          seen = run;
          work(run, range);
        }
      }
    }

    /// Spins, then parks, until a run other than `seen` has begun or the pool is closed.
    private void awaitRunAfter(int seen) {
      long start = System.nanoTime();
      for (int spins = 1; nothingAfter(seen); spins++) {
        if (spins % SPINS_PER_CLOCK_READ != 0) {
          Thread.onSpinWait();
        } else if (System.nanoTime() - start >= spinNanos) {
          // The flag goes up before the last look, and the caller looks at it after publishing its
          // run, so one of the two always sees the other.
          parked = true;
          while (nothingAfter(seen)) {
            LockSupport.park(this);
          }
          parked = false;
        }
      }
    }

    private boolean nothingAfter(int seen) {
      int run = WorkerPool.this.run();
      return (run == seen || isBetweenRuns(run)) && !closed;
    }
  }
}
