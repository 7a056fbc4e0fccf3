package fathom.cli;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// What another thread makes while this one does something else.
final class Meanwhile<T> {
  private final FutureTask<T> task;
  private final Thread thread;

  private Meanwhile(String name, Callable<T> work) {
    task = new FutureTask<>(work);
    thread = Thread.ofPlatform().name("fathom-" + name).daemon().unstarted(task);
  }

  /// Begins, on a thread that keeps no program from ending.
  static <T> Meanwhile<T> begin(String name, Callable<T> work) {
    Meanwhile<T> begun = new Meanwhile<>(name, work);
    begun.thread.start();
    return begun;
  }

  /// Waits for the result, or throws what the work threw.
  T join() {
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException fault) {
        throw fault;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for another thread", e);
    }
  }

  /// Waits for the end, whatever it is and whatever happens: what the work reads may go away then.
  void awaitEnd() {
    boolean interrupted = false;
    while (!task.isDone()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
