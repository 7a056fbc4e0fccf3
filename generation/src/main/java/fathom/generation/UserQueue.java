package fathom.generation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/// One user's sequences, and how much the user has been served.
final class UserQueue {
  private final String user;
  private final Deque<Sequence> waiting = new ArrayDeque<>();
  private final List<Sequence> running = new ArrayList<>();
  private double service;
  private boolean shortestNext;

  UserQueue(String user, double service) {
    this.user = user;
    this.service = service;
  }

  String user() {
    return user;
  }

  /// Not yet, or no longer, in the batch; preempted ones first.
  Deque<Sequence> waiting() {
    return waiting;
  }

  /// In the batch, in the order of their start.
  List<Sequence> running() {
    return running;
  }

  boolean isEmpty() {
    return waiting.isEmpty() && running.isEmpty();
  }

  /// Rows computed for the user, on a scale on which those who come later start level.
  double service() {
    return service;
  }

  void serve(int rows) {
    service += rows;
  }

  /// Whether this user comes before another: fewer running sequences, or as many and less served.
  boolean before(UserQueue other) {
    int difference = running.size() - other.running.size();
    return difference < 0 || (difference == 0 && service < other.service);
  }

  /// Whether any sequence has prompt tokens that are not planned yet.
  boolean prefilling() {
    for (int i = 0; i < running.size(); i++) {
      if (running.get(i).unplannedPrompt() > 0) {
        return true;
      }
    }
    return false;
  }

  /// The sequence whose prompt is to go on: in turn the one that came first, so that none starves,
  /// and the one with the least to do, so that short prompts need not wait for long ones.
  Sequence nextPrefill() {
    Sequence best = null;
    for (int i = 0; i < running.size(); i++) {
      Sequence sequence = running.get(i);
      int left = sequence.unplannedPrompt();
      if (left > 0 && (best == null || (shortestNext && left < best.unplannedPrompt()))) {
        best = sequence;
      }
    }
    shortestNext = !shortestNext;
    return Objects.requireNonNull(best, "no prompt to go on with");
  }
}
