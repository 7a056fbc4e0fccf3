package fathom.evaluation;

import java.time.Duration;

/// What a program in the sandbox may use.
///
/// @param wallTime real time from start to end, compilation included
/// @param cpuSeconds processor seconds of each of its processes
/// @param memoryBytes address space of a Python process; resident memory of all processes together
/// @param diskBytes everything it writes to its scratch file system
/// @param processes processes and threads at once
/// @param outputBytes what is kept of its output; more ends it
public record SandboxLimits(
    Duration wallTime,
    int cpuSeconds,
    long memoryBytes,
    long diskBytes,
    int processes,
    int outputBytes) {

  private static final long MEBIBYTE = 1L << 20;

  /// Checks that every limit is one.
  ///
  /// @throws SandboxException if a limit is not positive or memory is below 64 MiB
  public SandboxLimits {
    boolean positive =
        wallTime.isPositive()
            && cpuSeconds > 0
            && diskBytes > 0
            && processes > 0
            && outputBytes > 0;
    if (!positive || memoryBytes < 64 * MEBIBYTE) {
      throw new SandboxException(
          "sandbox limits: expected positive limits and at least 64 MiB of memory, found "
              + "%s, %d s, %d, %d, %d, %d bytes"
                  .formatted(wallTime, cpuSeconds, memoryBytes, diskBytes, processes, outputBytes));
    }
  }

  /// Ten seconds, half a gibibyte, 32 MiB of disk, 64 processes, 64 KiB of output.
  public static SandboxLimits usual() {
    return new SandboxLimits(
        Duration.ofSeconds(10), 8, 512 * MEBIBYTE, 32 * MEBIBYTE, 64, 64 * 1024);
  }

  /// The same with another wall time.
  public SandboxLimits within(Duration time) {
    return new SandboxLimits(time, cpuSeconds, memoryBytes, diskBytes, processes, outputBytes);
  }
}
