package fathom.server;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataReader.InsufficientDataAvailableException;
import java.net.SocketTimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads a connection ahead while one of its requests is answered, which is the only way to notice
/// at once that the client has gone: a socket tells that to those who read. What comes instead of
/// the end (the next request of a client that doesn't wait) is kept for the connection.
///
/// A client that closes only its sending side counts as gone, as with most HTTP servers.
final class ConnectionWatch implements Supplier<byte[]> {
  private final DataReader connection;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean reading;
  private boolean ended;
  private byte @Nullable [] ahead;
  private @Nullable RuntimeException failure;
  private @Nullable Runnable gone;

  /// @param connection the connection's own reader; nobody else may read it from now on
  ConnectionWatch(DataReader connection) {
    this.connection = connection;
  }

  /// The next bytes of the connection, in order; what Helidon reads.
  ///
  /// @return null at the end
  @Override
  @SuppressWarnings("NullAway") // Helidon's supplier says the end with null
  public byte[] get() {
    lock.lock();
    try {
      while (reading) {
        changed.await();
      }
      byte[] known = ahead;
      ahead = null;
      if (known != null) {
        return known;
      }
      if (failure != null) {
        throw failure;
      }
      if (ended) {
        return null;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    } finally {
      lock.unlock();
    }
    return pull();
  }

  private byte[] pull() {
    connection.ensureAvailable();
    return connection.readBuffer().readBytes();
  }

  /// Calls `whenGone` once, from another thread, if the client hangs up before [#end()].
  void begin(Runnable whenGone) {
    boolean already;
    lock.lock();
    try {
      gone = whenGone;
      already = ended || failure != null;
      if (!already && !reading && ahead == null) {
        reading = true;
        Thread.ofVirtual().name("connection-watch").start(this::readAhead);
      }
    } finally {
      lock.unlock();
    }
    if (already) {
      whenGone.run();
    }
  }

  /// The request is answered; the connection goes on.
  void end() {
    lock.lock();
    try {
      gone = null;
    } finally {
      lock.unlock();
    }
  }

  private void readAhead() {
    byte[] bytes = null;
    RuntimeException problem = null;
    try {
      bytes = patiently();
    } catch (InsufficientDataAvailableException e) {
      // The end.
    } catch (RuntimeException e) {
      problem = e;
    } finally {
      tell(bytes, problem);
    }
  }

  /// A time limit of reading is for clients that owe something; one that waits for its answer
  /// doesn't.
  private byte[] patiently() {
    while (true) {
      try {
        return pull();
      } catch (RuntimeException e) {
        if (!timedOut(e) || !watching()) {
          throw e;
        }
      }
    }
  }

  private static boolean timedOut(RuntimeException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }

  private boolean watching() {
    lock.lock();
    try {
      return gone != null;
    } finally {
      lock.unlock();
    }
  }

  private void tell(byte @Nullable [] bytes, @Nullable RuntimeException problem) {
    Runnable listener;
    lock.lock();
    try {
      reading = false;
      ahead = bytes;
      failure = problem;
      ended = bytes == null && problem == null;
      listener = bytes == null ? gone : null;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (listener != null) {
      listener.run();
    }
  }
}
