package fathom.cli;

/// Ctrl-C or a termination: work that looks here stops where it can go on later, and the process
/// waits for it.
final class Interruption implements AutoCloseable {
  private static final long GRACE_MILLIS = 60_000;

  private final Thread worker = Thread.currentThread();
  private final Thread hook = new Thread(this::interrupt, "fathom-stop");
  private volatile boolean stopping;

  /// Listens from now on, for the thread that this is called in.
  Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void interrupt() {
    stopping = true;
    try {
      worker.join(GRACE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Whether to stop.
  boolean stops() {
    return stopping;
  }

  @Override
  public void close() {
    if (!stopping) {
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }
}
