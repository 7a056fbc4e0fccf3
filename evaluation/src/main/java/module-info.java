/// Answers in, scores out: tasks, checkers, a sandbox for programs. Never knows how an answer was
/// made.
module fathom.evaluation {
  requires java.net.http;
  requires tools.jackson.databind;
  requires static transitive org.jspecify;

  exports fathom.evaluation;
  exports fathom.evaluation.families;
  exports fathom.evaluation.math;
}
