/// Answers in, scores out: tasks, checkers, a sandbox for programs. Never knows how an answer was
/// made.
module fathom.evaluation {
  requires tools.jackson.databind;
  requires static transitive org.jspecify;
}
