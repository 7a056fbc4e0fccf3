package fathom.tokenizer;

/// A tokenizer's files or metadata that cannot be used: which file, which place in it, what was
/// expected there and what was found instead.
public final class MalformedTokenizerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final int LONGEST_QUOTE = 120;

  /// Names the place and both sides.
  ///
  /// @param file the file, or `gguf metadata`
  /// @param place key or position in it
  /// @param expected what belongs there
  /// @param found what is there; long text is cut
  public MalformedTokenizerException(String file, String place, String expected, String found) {
    super("%s: %s: expected %s, found %s".formatted(file, place, expected, quoted(found)));
  }

  /// As above, with the reason behind it.
  public MalformedTokenizerException(
      String file, String place, String expected, String found, Throwable cause) {
    this(file, place, expected, found);
    initCause(cause);
  }

  private static String quoted(String found) {
    return found.length() <= LONGEST_QUOTE ? found : found.substring(0, LONGEST_QUOTE) + "…";
  }
}
