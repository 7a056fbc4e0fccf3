package fathom.evaluation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// The command lines that put a program behind walls, strongest first. Which of them works is for
/// the kernel and the container to say, so [CodeSandbox] tries them.
enum SandboxCommand {
  /// As nobody, in new namespaces, in a root of its own. Needs root to become nobody.
  FULL_AS_NOBODY,
  /// In new namespaces and a root of its own, as the evaluator's user without capabilities.
  FULL,
  /// In new namespaces, on the machine's file system as the evaluator's user may use it.
  NAMESPACES,
  /// With resource limits only.
  LIMITS;

  private static final String NOBODY = "65534";
  private static final List<String> UNSHARE =
      List.of(
          "unshare",
          "--user",
          "--map-root-user",
          "--net",
          "--pid",
          "--fork",
          "--ipc",
          "--uts",
          "--kill-child");

  /// What this command line enforces where it works. Only nobody's processes are counted apart from
  /// everybody else's, so only there their number is limited.
  Set<Protection> protections() {
    return switch (this) {
      case FULL_AS_NOBODY -> EnumSet.allOf(Protection.class);
      case FULL -> EnumSet.complementOf(EnumSet.of(Protection.NOBODY, Protection.PROCESS_LIMIT));
      case NAMESPACES ->
          EnumSet.of(
              Protection.WATCHED,
              Protection.RESOURCE_LIMITS,
              Protection.NO_NETWORK,
              Protection.OWN_PROCESSES);
      case LIMITS -> EnumSet.of(Protection.WATCHED, Protection.RESOURCE_LIMITS);
    };
  }

  /// Whether the program runs in a copy of its sources at `/work`.
  boolean ownRoot() {
    return this == FULL_AS_NOBODY || this == FULL;
  }

  /// The command around a program.
  ///
  /// @param scratch a folder with `root` and `work` in it
  /// @param jdk the JDK's home, bound into the private root
  List<String> wrap(
      SandboxLimits limits, long addressSpace, Path scratch, Path jdk, List<String> program) {
    // However many processes there are in it, the evaluator gets its turn to end them.
    List<String> command = new ArrayList<>(List.of("nice", "-n", "10"));
    if (this == FULL_AS_NOBODY) {
      command.addAll(
          List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
    }
    if (this != LIMITS) {
      command.addAll(UNSHARE);
    }
    if (ownRoot()) {
      command.add("--mount");
    }
    // A session of its own: a signal to "my process group" must not reach the evaluator.
    command.add("setsid");
    if (ownRoot()) {
      command.addAll(List.of("sh", "-c", script(), "sh"));
      command.add(scratch.resolve("root").toString());
      command.add(scratch.resolve("work").toString());
      command.add(String.valueOf(limits.diskBytes()));
      command.add(jdk.toString());
    }
    command.addAll(
        List.of(
            "prlimit",
            "--nproc=" + limits.processes(),
            "--cpu=" + limits.cpuSeconds(),
            "--as=" + addressSpace,
            "--fsize=" + limits.diskBytes(),
            "--nofile=256",
            "--core=0"));
    command.addAll(program);
    return command;
  }

  private static String script() {
    try (InputStream stream = SandboxCommand.class.getResourceAsStream("sandbox-enter.sh")) {
      if (stream == null) {
        throw new SandboxException("sandbox-enter.sh is missing from the jar");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
