/// Answers in, scores out: tasks, checkers, a sandbox for programs. Never knows how an answer was
/// made.
@NullMarked
package fathom.evaluation;

import org.jspecify.annotations.NullMarked;
