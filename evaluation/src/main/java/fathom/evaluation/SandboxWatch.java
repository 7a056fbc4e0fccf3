package fathom.evaluation;

import fathom.evaluation.SandboxResult.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Watches one running program: reads its output up to the limit, sums the memory of its whole
/// tree, and kills the tree at the first limit that is reached.
final class SandboxWatch {
  private static final long POLL_MILLIS = 25;
  private static final Duration READERS_LEFT = Duration.ofSeconds(1);
  private static final long PAGE_BYTES = 4096;
  private static final int CPU_LIMIT_SIGNAL = 128 + 24;

  private final Process process;
  private final boolean leadsGroup;
  private final SandboxLimits limits;
  private final AtomicReference<@Nullable Outcome> limit = new AtomicReference<>();
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  /// Takes over a program just started.
  ///
  /// @param leadsGroup whether the process is the first of a group of its own
  SandboxWatch(Process process, boolean leadsGroup, SandboxLimits limits) {
    this.process = process;
    this.leadsGroup = leadsGroup;
    this.limits = limits;
  }

  SandboxResult await() {
    long start = System.nanoTime();
    Thread outputReader = Thread.startVirtualThread(() -> drain(process.getInputStream(), output));
    Thread errorReader = Thread.startVirtualThread(() -> drain(process.getErrorStream(), errors));
    boolean interrupted = false;
    try {
      while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS) && limit.get() == null) {
        if (System.nanoTime() - start > limits.wallTime().toNanos()) {
          limit.compareAndSet(null, Outcome.OUT_OF_TIME);
        } else if (residentBytes() > limits.memoryBytes()) {
          limit.compareAndSet(null, Outcome.OUT_OF_MEMORY);
        }
      }
      if (limit.get() != null) {
        kill();
        process.waitFor(5, TimeUnit.SECONDS);
      }
      // Only after the readers are done: killing closes the streams, with what is still in them.
      outputReader.join(READERS_LEFT);
      errorReader.join(READERS_LEFT);
      kill();
    } catch (InterruptedException e) {
      kill();
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
      throw new SandboxException("sandbox: interrupted");
    }
    return result(Duration.ofNanos(System.nanoTime() - start));
  }

  private SandboxResult result(Duration time) {
    int exitCode = process.isAlive() ? -1 : process.exitValue();
    Outcome reached = limit.get();
    if (reached == null) {
      reached = exitCode == CPU_LIMIT_SIGNAL ? Outcome.OUT_OF_TIME : Outcome.EXITED;
    }
    return new SandboxResult(reached, exitCode, text(output), text(errors), time);
  }

  /// The first process is `unshare`, whose death kills the namespace's first process and with it
  /// everything inside. Without namespaces the descendants and the session's group are killed; who
  /// left both may live on, which is why that sandbox does not claim [Protection#OWN_PROCESSES].
  private void kill() {
    if (leadsGroup) {
      killGroup();
    }
    try (Stream<ProcessHandle> descendants = process.descendants()) {
      descendants.forEach(ProcessHandle::destroyForcibly);
    }
    process.destroyForcibly();
  }

  private void killGroup() {
    try {
      new ProcessBuilder("kill", "-KILL", "--", "-" + process.pid())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor(2, TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new SandboxException("sandbox: cannot kill group " + process.pid(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private long residentBytes() {
    try (Stream<ProcessHandle> descendants = process.descendants()) {
      return descendants.mapToLong(handle -> residentBytes(handle.pid())).sum();
    }
  }

  private static long residentBytes(long pid) {
    try {
      String[] fields = Files.readString(Path.of("/proc/" + pid + "/statm")).split(" ", -1);
      return Long.parseLong(fields[1]) * PAGE_BYTES;
    } catch (IOException | RuntimeException ended) {
      return 0; // between listing and reading it ended
    }
  }

  private void drain(InputStream stream, ByteArrayOutputStream kept) {
    byte[] buffer = new byte[8192];
    try (stream) {
      for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
        synchronized (kept) {
          kept.write(buffer, 0, Math.min(read, limits.outputBytes() - kept.size()));
          if (kept.size() >= limits.outputBytes()) {
            limit.compareAndSet(null, Outcome.TOO_MUCH_OUTPUT);
            return;
          }
        }
      }
    } catch (IOException closed) {
      return; // the program was killed while it wrote
    }
  }

  private static String text(ByteArrayOutputStream kept) {
    synchronized (kept) {
      return kept.toString(StandardCharsets.UTF_8);
    }
  }
}
