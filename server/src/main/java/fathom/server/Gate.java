package fathom.server;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Lets generations in while there is room, in all and for each caller, and lets nobody in while
/// the server stops.
final class Gate {
  private final int total;
  private final int each;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition left = lock.newCondition();
  private final Map<String, Integer> inside = new HashMap<>();
  private int count;
  private boolean closed;

  /// @param total generations at a time
  /// @param each of these, of one caller
  Gate(int total, int each) {
    this.total = total;
    this.each = each;
  }

  /// A place inside; closing it leaves.
  final class Pass implements AutoCloseable {
    private final String caller;
    private boolean open = true;

    private Pass(String caller) {
      this.caller = caller;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (open) {
          open = false;
          count--;
          inside.merge(caller, -1, (a, b) -> a + b == 0 ? null : a + b);
          left.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /// Enters with one generation.
  ///
  /// @throws ApiException 429 if the caller has as many inside as it may, 503 if the gate is full
  ///   or closed
  Pass enter(String caller) {
    lock.lock();
    try {
      if (closed) {
        throw ApiException.overloaded("The server is shutting down");
      }
      if (inside.getOrDefault(caller, 0) >= each) {
        throw ApiException.tooMany("Rate Limit Reached: at most " + each + " requests at a time");
      }
      if (count >= total) {
        throw ApiException.overloaded(
            "Server Overloaded: " + total + " requests are waiting or running");
      }
      count++;
      inside.merge(caller, 1, Integer::sum);
      return new Pass(caller);
    } finally {
      lock.unlock();
    }
  }

  /// How many are inside.
  int inside() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  /// Whether new ones are let in.
  boolean isOpen() {
    lock.lock();
    try {
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /// Lets nobody in any more and waits until all have left.
  ///
  /// @return whether all left in time
  boolean drain(Duration patience) {
    lock.lock();
    try {
      closed = true;
      long nanos = patience.toNanos();
      while (count > 0 && nanos > 0) {
        nanos = left.awaitNanos(nanos);
      }
      return count == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }
}
