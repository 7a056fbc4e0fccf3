package fathom.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.node.ObjectNode;

/// The events of one turn of the chat page, numbered, so that any number of readers can begin
/// anywhere: a page whose connection dropped goes on where it was. Its size is bounded by the
/// answer's `max_tokens`.
final class TurnBuffer {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Event> events = new ArrayList<>();
  private boolean closed;

  /// One event.
  record Event(long id, String name, ObjectNode data) {}

  void add(String name, ObjectNode data) {
    lock.lock();
    try {
      events.add(new Event(events.size() + 1L, name, data));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// No event will follow.
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /// Events after this number; waits for the first of them as long as the patience lasts. Empty and
  /// [#isClosed] means the end.
  List<Event> after(long id, Duration patience) throws InterruptedException {
    lock.lock();
    try {
      long nanos = patience.toNanos();
      while (events.size() <= id && !closed && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      int from = (int) Math.min(Math.max(0, id), events.size());
      return List.copyOf(events.subList(from, events.size()));
    } finally {
      lock.unlock();
    }
  }

  /// As [#after], without losing the wake-up between two answers.
  boolean ended(long id) {
    lock.lock();
    try {
      return closed && events.size() <= id;
    } finally {
      lock.unlock();
    }
  }

  /// Blocks until closed or the patience is over.
  boolean awaitClose(long patience, TimeUnit unit) throws InterruptedException {
    lock.lock();
    try {
      long nanos = unit.toNanos(patience);
      while (!closed && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      return closed;
    } finally {
      lock.unlock();
    }
  }
}
