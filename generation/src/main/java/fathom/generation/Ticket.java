package fathom.generation;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The caller's side of a sequence: its listener, its result, and the wish to cancel.
final class Ticket implements GenerationHandle {
  private final GenerationListener listener;
  private final CompletableFuture<GenerationResult> result = new CompletableFuture<>();
  private final Consumer<Ticket> onCancel;
  private final Session.@Nullable Parking parking;

  Ticket(
      GenerationListener listener, Consumer<Ticket> onCancel, Session.@Nullable Parking parking) {
    this.listener = listener;
    this.onCancel = onCancel;
    this.parking = parking;
  }

  GenerationListener listener() {
    return listener;
  }

  /// Where the sequence's cache stays after its end; null if it is given back.
  Session.@Nullable Parking parking() {
    return parking;
  }

  @Override
  public void cancel() {
    if (!done()) {
      onCancel.accept(this);
    }
  }

  @Override
  public boolean done() {
    return result.isDone();
  }

  @Override
  public GenerationResult await() {
    try {
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof GenerationException failure) {
        throw failure;
      }
      throw e;
    }
  }

  @Override
  public CompletableFuture<GenerationResult> result() {
    return result.copy();
  }

  void finish(GenerationResult value) {
    try {
      listener.onFinish(value);
    } finally {
      result.complete(value);
    }
  }

  void fail(GenerationException failure) {
    try {
      listener.onFailure(failure);
    } finally {
      result.completeExceptionally(failure);
    }
  }

  /// The listener hears nothing more.
  void abandon(GenerationException failure) {
    result.completeExceptionally(failure);
  }
}
