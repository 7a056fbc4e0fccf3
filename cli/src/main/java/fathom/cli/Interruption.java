package fathom.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Ctrl-C or a termination: work that looks here stops where it can go on later, and the process
/// waits for it.
final class Interruption implements AutoCloseable {
  private static final long GRACE_SECONDS = 60;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::interrupt, "fathom-stop");
  private volatile boolean stopping;

  /// Listens from now on.
  Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void interrupt() {
    stopping = true;
    try {
      // Not for the end of the thread that works: it may be waiting in System.exit for this one.
      if (!done.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("fathom: stopped in the middle of a step, after waiting for its end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Whether to stop.
  boolean stops() {
    return stopping;
  }

  /// The work is done, or has stopped where it can go on.
  @Override
  public void close() {
    done.countDown();
    if (!stopping) {
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }
}
