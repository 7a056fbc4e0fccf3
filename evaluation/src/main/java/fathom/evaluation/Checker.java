package fathom.evaluation;

/// Says whether a response answers a task. Implementations keep no state between calls, are safe
/// for many threads, and never throw on what a model wrote: a hostile answer is a wrong one.
public interface Checker {
  /// The name under which a task file refers to this checker, for example `math`.
  String name();

  /// Scores the response against the expected answer (or test program, or whatever else this
  /// checker's tasks carry as their answer).
  Score score(String expected, Response response);

  /// Whether two extracted answers count as the same vote in maj@k.
  default boolean sameVote(String first, String second) {
    return first.strip().equals(second.strip());
  }
}
