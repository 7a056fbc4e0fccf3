package fathom.cli;

import fathom.tensor.Kernels;
import fathom.tensor.Workers;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// Where the time of a model's steps goes, for `bench --profile`: watches the kernels and the
/// workers that they run on.
///
/// *Synchronisation* is what threads wait for each other within an operation that they share, on
/// the average of all threads: until a helper has begun, and from its last part to the end of the
/// last one of all. A kind's own time is what is left of the time of its operations; it includes
/// taking parts, and operations too small to be shared.
final class StepTimes implements KernelClock {
  private final Map<KernelCall.Kind, Long> nanos = new EnumMap<>(KernelCall.Kind.class);
  private final List<Stretch> stretches = new CopyOnWriteArrayList<>();
  private final ThreadLocal<Stretch> ownStretch = ThreadLocal.withInitial(this::newStretch);
  private final List<Double> synchronisationOfSteps = new ArrayList<>();
  private long run; // seen by helpers, because a run of the workers begins after it is set
  private long waited;
  private long runs;
  private long operations;
  private long begin;
  private long total;
  private long waitedBefore;
  private long stepBegin;
  private long waitedBeforeStep;

  /// From the begin of a thread's first part of a run to the end of its last one.
  private static final class Stretch {
    private long run = -1;
    private long begin;
    private long end;
  }

  StepTimes() {
    reset();
  }

  private Stretch newStretch() {
    Stretch stretch = new Stretch();
    stretches.add(stretch);
    return stretch;
  }

  /// Forgets everything and begins to count anew.
  void reset() {
    for (KernelCall.Kind kind : KernelCall.Kind.values()) {
      nanos.put(kind, 0L);
    }
    synchronisationOfSteps.clear();
    waited = 0;
    waitedBeforeStep = 0;
    runs = 0;
    operations = 0;
    begin = System.nanoTime();
    stepBegin = begin;
  }

  /// Ends one step and begins the next.
  void endStep() {
    long now = System.nanoTime();
    synchronisationOfSteps.add((double) (waited - waitedBeforeStep) / (now - stepBegin));
    stepBegin = now;
    waitedBeforeStep = waited;
  }

  /// Stops counting.
  void stop() {
    total = System.nanoTime() - begin;
  }

  @Override
  public Workers watch(Workers workers) {
    return new TimedWorkers(workers);
  }

  @Override
  public void time(Kernels kernels, KernelCall call, Runnable operation) {
    waitedBefore = waited;
    long start = System.nanoTime();
    operation.run();
    long own = System.nanoTime() - start - (waited - waitedBefore);
    nanos.merge(call.kind(), own, Long::sum);
    operations++;
  }

  /// Share of the whole time that operations of a kind took, without synchronisation.
  double share(KernelCall.Kind kind) {
    return (double) nanos.getOrDefault(kind, 0L) / total;
  }

  /// Share of the whole time that threads waited for each other within operations.
  double synchronisation() {
    return (double) waited / total;
  }

  /// The same share of the median step: without what a disturbed machine does to a few of them.
  double medianSynchronisation() {
    List<Double> sorted = synchronisationOfSteps.stream().sorted().toList();
    return sorted.isEmpty() ? synchronisation() : sorted.get(sorted.size() / 2);
  }

  /// Share of the time that no operation took.
  double other() {
    return 1
        - nanos.values().stream().mapToLong(Long::longValue).sum() / (double) total
        - synchronisation();
  }

  /// How often work was handed to the workers in more than one part.
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
      if (parts <= 1) {
        workers.run(parts, task);
        return;
      }
      run++;
      long start = System.nanoTime();
      workers.run(parts, part -> runPart(task, part));
      long busy = 0;
      for (Stretch stretch : stretches) {
        busy += stretch.run == run ? stretch.end - stretch.begin : 0;
      }
      waited += Math.max(0, System.nanoTime() - start - busy / threads());
      runs++;
    }

    private void runPart(Task task, int part) {
      Stretch stretch = ownStretch.get();
      if (stretch.run != run) {
        stretch.begin = System.nanoTime();
        stretch.run = run;
      }
      task.run(part);
      stretch.end = System.nanoTime();
    }

    @Override
    public void close() {
      workers.close();
    }
  }
}
