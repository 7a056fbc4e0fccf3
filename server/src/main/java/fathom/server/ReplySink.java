package fathom.server;

/// Where the parts of answers go, in order, on one thread. A method that throws
/// [java.io.UncheckedIOException] says that the client has gone.
interface ReplySink {
  /// Nothing was written for a while; a good moment to tell the client to wait on.
  void waiting();

  /// Tells of a failure if the answer has already begun.
  ///
  /// @return whether the client has been told
  boolean fail(ApiException error);

  /// The prompt is computed, the answers begin.
  default void begin(TokenUsage usage) {}

  /// The next part of an answer.
  void part(int choice, ReplyReader.Part part);

  /// A text of the request's `stop` ended an answer; comes before its end.
  default void stopped(int choice, String stopString) {}

  /// An answer's end.
  void end(int choice, String finish, TokenUsage usage);

  /// All answers have ended.
  void complete(TokenUsage usage);
}
