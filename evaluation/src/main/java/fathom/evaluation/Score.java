package fathom.evaluation;

/// The verdict on one response.
///
/// @param strict right, and in the asked form: a proper thinking block, then the answer where it
///   belongs (`\boxed{…}`, `<answer>…</answer>` or "The answer is …")
/// @param lenient right wherever and however the answer was found
/// @param extracted the answer that was found, empty if none was
public record Score(boolean strict, boolean lenient, String extracted) {
  /// A wrong answer, with what was found.
  public static Score wrong(String extracted) {
    return new Score(false, false, extracted);
  }
}
