package fathom.tokenizer;

/// Training a tokenizer was interrupted; nothing was made.
public final class TrainingInterruptedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TrainingInterruptedException(String message, Throwable cause) {
    super(message, cause);
  }
}
