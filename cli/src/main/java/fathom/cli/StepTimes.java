package fathom.cli;

import fathom.tensor.Kernels;
import fathom.tensor.Workers;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// Where the time of a model's steps goes, for `bench --profile`: watches the kernels and the
/// workers that they run on.
///
/// *Synchronisation* is what threads wait for each other within an operation, on the average of all
/// threads: until a helper has begun, and from its last part to the end of the last one of all. A
/// kind's own time is what is left of the time of its operations.
final class StepTimes {
  /// Kinds of operations.
  enum Kind {
    PRODUCTS,
    ATTENTION,
    ROWS
  }

  private final Map<Kind, Long> nanos = new EnumMap<>(Kind.class);
  private final LongAdder busy = new LongAdder();
  private long waited;
  private long runs;
  private long operations;
  private long begin;
  private long total;
  private long waitedBefore;

  StepTimes() {
    reset();
  }

  /// Forgets everything and begins to count anew.
  void reset() {
    for (Kind kind : Kind.values()) {
      nanos.put(kind, 0L);
    }
    waited = 0;
    runs = 0;
    operations = 0;
    begin = System.nanoTime();
  }

  /// Stops counting.
  void stop() {
    total = System.nanoTime() - begin;
  }

  Kernels watch(Kernels kernels) {
    return new TimedKernels(kernels, this);
  }

  Workers watch(Workers workers) {
    return new TimedWorkers(workers);
  }

  /// Runs one operation and counts its time.
  void time(Kind kind, Runnable operation) {
    waitedBefore = waited;
    long start = System.nanoTime();
    operation.run();
    long own = System.nanoTime() - start - (waited - waitedBefore);
    nanos.merge(kind, own, Long::sum);
    operations++;
  }

  /// Share of the whole time that operations of a kind took, without synchronisation.
  double share(Kind kind) {
    return (double) nanos.getOrDefault(kind, 0L) / total;
  }

  /// Share of the whole time that threads waited for each other within operations.
  double synchronisation() {
    return (double) waited / total;
  }

  /// Share of the time that no operation took.
  double other() {
    return 1
        - nanos.values().stream().mapToLong(Long::longValue).sum() / (double) total
        - synchronisation();
  }

  /// How often work was handed to the workers.
  long runs() {
    return runs;
  }

  /// Operations of the kernels.
  long operations() {
    return operations;
  }

  private final class TimedWorkers implements Workers {
    private final Workers workers;

    TimedWorkers(Workers workers) {
      this.workers = workers;
    }

    @Override
    public int threads() {
      return workers.threads();
    }

    @Override
    public void run(int parts, Task task) {
      busy.reset();
      long start = System.nanoTime();
      workers.run(
          parts,
          part -> {
            long partStart = System.nanoTime();
            task.run(part);
            busy.add(System.nanoTime() - partStart);
          });
      waited += Math.max(0, System.nanoTime() - start - busy.sum() / threads());
      runs++;
    }

    @Override
    public void close() {
      workers.close();
    }
  }
}
