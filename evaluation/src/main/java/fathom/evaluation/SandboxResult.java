package fathom.evaluation;

import java.time.Duration;

/// How a program ended.
///
/// @param outcome why it ended
/// @param exitCode its exit code, meaningful for [Outcome#EXITED]
/// @param output the start of what it printed
/// @param errors the start of what it printed to standard error
/// @param time real time used
public record SandboxResult(
    Outcome outcome, int exitCode, String output, String errors, Duration time) {

  /// Why a program ended.
  public enum Outcome {
    /// By itself.
    EXITED,
    /// At the wall time or processor time limit.
    OUT_OF_TIME,
    /// At the memory limit.
    OUT_OF_MEMORY,
    /// At the output limit.
    TOO_MUCH_OUTPUT
  }

  /// Whether it ended by itself with exit code 0.
  public boolean succeeded() {
    return outcome == Outcome.EXITED && exitCode == 0;
  }
}
