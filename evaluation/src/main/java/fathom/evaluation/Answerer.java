package fathom.evaluation;

import java.util.concurrent.CompletableFuture;

/// A source of answers: a local engine, a model in training, or a service somewhere. Must be safe
/// for many calls in flight at once; an evaluation keeps as many in flight as it is told to.
@FunctionalInterface
public interface Answerer {
  /// Starts answering. The future fails with an [AnswerException] if no answer can be had.
  CompletableFuture<Response> answer(Prompt prompt);
}
