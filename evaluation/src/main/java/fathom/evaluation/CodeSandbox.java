package fathom.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Runs programs that nobody has read. Each runs in a process of its own behind the walls that this
/// machine offers, with limits on time, memory, disk, processes and output, and is killed with all
/// its children. What is enforced is found out by a trial and can be asked for; by default a
/// sandbox without a network wall or without process walls does not open.
///
/// A kernel bug is no wall: this holds programs that a model wrote by mistake or mischief, it does
/// not replace a virtual machine.
public final class CodeSandbox {
  private static final Set<Protection> LEAST =
      EnumSet.of(Protection.NO_NETWORK, Protection.OWN_PROCESSES);
  private static final String TRIAL = "trial-passed";
  private static final long JVM_ADDRESS_SPACE = 6L << 30;

  private final Path python;
  private final Path jdk;
  private final SandboxLimits limits;
  private final SandboxCommand command;

  private CodeSandbox(Path python, Path jdk, SandboxLimits limits, SandboxCommand command) {
    this.python = python;
    this.jdk = jdk;
    this.limits = limits;
    this.command = command;
  }

  /// Opens the strongest sandbox that works here, with `/usr/bin/python3` and the JDK of this very
  /// process.
  ///
  /// @throws SandboxException if none with a network wall and process walls works
  public static CodeSandbox open(SandboxLimits limits) {
    return open(limits, LEAST);
  }

  /// Opens the strongest sandbox that works here and has at least the given protections.
  ///
  /// @throws SandboxException if there is none; the message tells each attempt's failure
  public static CodeSandbox open(SandboxLimits limits, Set<Protection> least) {
    List<String> failures = new ArrayList<>();
    for (SandboxCommand command : SandboxCommand.values()) {
      if (!command.protections().containsAll(least)) {
        continue;
      }
      CodeSandbox sandbox = of(command, limits);
      String failure = sandbox.trial();
      if (failure.isEmpty()) {
        return sandbox;
      }
      failures.add(command + ": " + failure);
    }
    throw new SandboxException("no sandbox with " + least + " works here: " + failures);
  }

  /// The sandbox of exactly this command line, untried.
  static CodeSandbox of(SandboxCommand command, SandboxLimits limits) {
    return new CodeSandbox(Path.of("/usr/bin/python3"), ownJdk(), limits, command);
  }

  /// The home of the JDK that runs this process: two levels above its `java`.
  private static Path ownJdk() {
    Path java = Path.of(ProcessHandle.current().info().command().orElse("/usr/bin/java"));
    Path bin = java.toAbsolutePath().getParent();
    Path home = bin == null ? null : bin.getParent();
    return home == null ? Path.of("/usr") : home;
  }

  /// What is enforced.
  public Set<Protection> protections() {
    return command.protections();
  }

  /// The same sandbox with other limits.
  public CodeSandbox with(SandboxLimits other) {
    return new CodeSandbox(python, jdk, other, command);
  }

  private String trial() {
    try {
      SandboxResult result = run(List.of("echo", TRIAL), Map.of(), JVM_ADDRESS_SPACE);
      boolean passed = result.succeeded() && result.output().contains(TRIAL);
      return passed ? "" : result.outcome() + " " + result.errors().strip();
    } catch (SandboxException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /// Runs a program to its end or to its limits. Safe for many threads.
  ///
  /// @throws SandboxException if the program could not even be started
  public SandboxResult run(SandboxProgram program) {
    return switch (program.language()) {
      case PYTHON ->
          run(
              List.of(python.toString(), "-I", "-B", "main.py"),
              program.files(),
              limits.memoryBytes());
      case JAVA -> run(javaCommand(program), program.files(), JVM_ADDRESS_SPACE);
    };
  }

  private List<String> javaCommand(SandboxProgram program) {
    long heap = limits.memoryBytes() >> 21;
    String small =
        "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=64m -Xmx" + heap + "m";
    String bin = jdk.resolve("bin").toString();
    String line =
        "'%s/javac' %s -proc:none -nowarn -d . $(find . -name '*.java') && exec '%s/java' %s -XX:-UsePerfData -ea -cp . %s"
            .formatted(
                bin, small.replaceAll("(?<=^|\\s)-", "-J-"), bin, small, program.mainClass());
    return List.of("sh", "-c", line);
  }

  private SandboxResult run(List<String> inner, Map<String, String> files, long addressSpace) {
    Path scratch = scratch(files);
    try {
      Path work = scratch.resolve("work");
      ProcessBuilder builder =
          new ProcessBuilder(command.wrap(limits, addressSpace, scratch, jdk, inner));
      builder.directory(work.toFile());
      builder.redirectInput(Path.of("/dev/null").toFile());
      builder.environment().clear();
      builder
          .environment()
          .putAll(
              Map.of(
                  "PATH", "/usr/bin:/bin:/usr/sbin:/sbin",
                  "LANG", "C.UTF-8",
                  "HOME", "/tmp",
                  "PYTHONHASHSEED", "0"));
      return new SandboxWatch(builder.start(), command == SandboxCommand.LIMITS, limits).await();
    } catch (IOException e) {
      throw new SandboxException("sandbox " + command + " does not start", e);
    } finally {
      delete(scratch);
    }
  }

  private Path scratch(Map<String, String> files) {
    try {
      Path scratch = Files.createTempDirectory("fathom-sandbox");
      Files.createDirectory(scratch.resolve("root"));
      Path work = Files.createDirectory(scratch.resolve("work"));
      for (Map.Entry<String, String> file : files.entrySet()) {
        Path target = work.resolve(file.getKey());
        Files.createDirectories(target.getParent());
        Files.writeString(target, file.getValue());
      }
      try (Stream<Path> paths = Files.walk(scratch)) {
        for (Path path : paths.toList()) {
          String rights = Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--";
          Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(rights));
        }
      }
      return scratch;
    } catch (IOException e) {
      throw new SandboxException("sandbox: no scratch folder", e);
    }
  }

  private static void delete(Path scratch) {
    try (Stream<Path> paths = Files.walk(scratch)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new SandboxException("sandbox: cannot delete " + scratch, e);
    }
  }
}
