package fathom.evaluation.math;

import java.io.Serial;

/// A written answer that is no expression this package understands, or one that is too large to
/// compute with. Callers fall back to comparing text, so it carries no stack.
final class UnreadableMathException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  UnreadableMathException(String message) {
    super(message, null, false, false);
  }
}
