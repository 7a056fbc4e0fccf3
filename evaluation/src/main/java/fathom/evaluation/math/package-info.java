/// Two written answers in, one verdict out: whether they mean the same number, expression, tuple,
/// interval, set or matrix. Never sees a task.
@NullMarked
package fathom.evaluation.math;

import org.jspecify.annotations.NullMarked;
