package fathom.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fathom.evaluation.SandboxResult.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Hostile programs end within their limits, and the evaluator goes on.
class CodeSandboxTest {
  private static final Duration LIMIT = Duration.ofSeconds(1);

  private static CodeSandbox sandbox;

  @BeforeAll
  static void open() {
    boolean linux =
        Files.isExecutable(Path.of("/usr/bin/unshare"))
            && Files.isExecutable(Path.of("/usr/bin/python3"));
    assumeTrue(linux, "skipped: no unshare or python3 on this machine");
    try {
      sandbox = CodeSandbox.open(SandboxLimits.usual().within(LIMIT));
    } catch (SandboxException e) {
      assumeTrue(false, "skipped: " + e.getMessage());
    }
  }

  @Test
  void thereIsAlwaysANetworkWallAndProcessWalls() {
    assertThat(sandbox.protections()).contains(Protection.NO_NETWORK, Protection.OWN_PROCESSES);
  }

  @AfterEach
  void theEvaluatorGoesOn() {
    assertThat(sandbox.run(SandboxProgram.python("print(6 * 7)")).output()).isEqualTo("42\n");
  }

  private SandboxResult run(String source) {
    SandboxResult result = sandbox.run(SandboxProgram.python(source));
    assertThat(result.time()).isLessThan(LIMIT.plusSeconds(3));
    return result;
  }

  private void needs(Protection protection) {
    assumeTrue(
        sandbox.protections().contains(protection),
        "skipped: this machine does not enforce " + protection);
  }

  @Test
  void aPlainProgramRuns() {
    SandboxResult result = run("import math\nprint(math.factorial(10))");
    assertThat(result.succeeded()).isTrue();
    assertThat(result.output()).isEqualTo("3628800\n");
  }

  @Test
  void aFailingProgramTellsItsExitCodeAndErrors() {
    SandboxResult result = run("raise ValueError('no')");
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).contains("ValueError: no");
  }

  @Test
  void aForkBombIsHeldAndKilled() throws InterruptedException {
    needs(Protection.PROCESS_LIMIT);
    SandboxResult result =
        run(
            """
            import os
            while True:
                try: os.fork()
                except OSError: pass
            """);
    assertThat(result.outcome()).isNotEqualTo(Outcome.EXITED);
    Thread.sleep(200);
    assertThat(processesOfNobody()).isZero();
  }

  private static long processesOfNobody() {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.filter(p -> p.info().commandLine().orElse("").contains("-I -B main.py")).count();
    }
  }

  @Test
  void theNumberOfProcessesIsLimited() {
    needs(Protection.PROCESS_LIMIT);
    SandboxResult result =
        run(
            """
            import os, time
            n = 0
            try:
                while n < 1000:
                    if os.fork() == 0:
                        time.sleep(1); os._exit(0)
                    n += 1
            except OSError: print(n, flush=True)
            os._exit(0)
            """);
    assertThat(Integer.parseInt(result.output().strip())).isLessThan(64);
  }

  @Test
  void fillingMemoryEnds() {
    SandboxResult result = run("a = []\nwhile True: a.append(bytearray(10_000_000))");
    assertThat(result.succeeded()).isFalse();
  }

  @Test
  void fillingMemoryWithManyProcessesEnds() {
    SandboxResult result =
        run(
            """
            import os, time
            for i in range(6): os.fork()
            a = bytearray(100_000_000)
            for i in range(0, len(a), 4096): a[i] = 1
            time.sleep(60)
            """);
    assertThat(result.outcome()).isIn(Outcome.OUT_OF_MEMORY, Outcome.OUT_OF_TIME, Outcome.EXITED);
    assertThat(result.succeeded()).isFalse();
  }

  @Test
  void fillingTheDiskFails() {
    needs(Protection.OWN_FILES);
    SandboxResult result =
        run(
            """
            for i in range(100):
                with open('f%d' % i, 'wb') as f: f.write(b'x' * 10_000_000)
            """);
    assertThat(result.succeeded()).isFalse();
    assertThat(result.errors()).contains("Error");
  }

  @Test
  void theNetworkIsEmpty() {
    SandboxResult result =
        run(
            """
            import socket
            for target in [('1.1.1.1', 80), ('127.0.0.1', 22), ('8.8.8.8', 53)]:
                try:
                    socket.create_connection(target, 1); print('connected')
                except OSError as e: print('refused')
            """);
    assertThat(result.output()).doesNotContain("connected").contains("refused");
  }

  @Test
  void filesOutsideAreOutOfReach() throws IOException {
    needs(Protection.OWN_FILES);
    Path secret = Files.createTempFile("secret", ".txt");
    Files.writeString(secret, "treasure");
    try {
      SandboxResult result =
          run(
              """
              import os
              profile = os.sep.join(['', 'root', '.bashrc'])
              other = os.sep.join(['/proc/1', 'root', 'etc/shadow'])
              for path in ['%s', profile, '/etc/passwd', '/etc/shadow', other]:
                  try: print(open(path).read())
                  except OSError as e: print('refused')
              print(sorted(os.listdir('/')))
              """
                  .formatted(secret));
      assertThat(result.output()).doesNotContain("treasure").doesNotContain("root:");
    } finally {
      Files.delete(secret);
    }
  }

  @Test
  void systemFoldersAreReadOnly() {
    needs(Protection.NOBODY);
    SandboxResult result =
        run("import os\ntry: open('/usr/bin/evil', 'w')\nexcept OSError: print('refused')");
    assertThat(result.output()).isEqualTo("refused\n");
  }

  @Test
  void mountsCannotBeChanged() {
    needs(Protection.OWN_FILES);
    SandboxResult result =
        run("import subprocess\nprint(subprocess.run(['umount', '/usr']).returncode != 0)");
    assertThat(result.output()).isEqualTo("True\n");
  }

  @Test
  void printingForeverEndsAtTheOutputLimit() {
    SandboxResult result = run("while True: print('x' * 1000)");
    assertThat(result.outcome()).isEqualTo(Outcome.TOO_MUCH_OUTPUT);
    assertThat(result.output()).hasSizeLessThanOrEqualTo(64 * 1024);
  }

  @Test
  void sleepingForeverEndsAtTheTimeLimit() {
    SandboxResult result = run("import time\ntime.sleep(1000)");
    assertThat(result.outcome()).isEqualTo(Outcome.OUT_OF_TIME);
  }

  @Test
  void computingForeverEndsAtTheTimeLimit() {
    assertThat(run("while True: pass").outcome()).isEqualTo(Outcome.OUT_OF_TIME);
  }

  @Test
  void ignoringSignalsDoesNotHelp() {
    SandboxResult result =
        run(
            """
            import signal, time
            for s in range(1, 32):
                try: signal.signal(s, signal.SIG_IGN)
                except (OSError, ValueError): pass
            while True: time.sleep(1)
            """);
    assertThat(result.outcome()).isEqualTo(Outcome.OUT_OF_TIME);
  }

  @Test
  void killingParentAndGroupAndEverybodyHitsOnlyItself() {
    SandboxResult result =
        run(
            """
            import os, signal
            for target in [os.getppid(), 0, -1, %d]:
                if os.fork() == 0:
                    try: os.kill(target, signal.SIGKILL)
                    except OSError: pass
                    os._exit(0)
            """
                .formatted(ProcessHandle.current().pid()));
    assertThat(result.outcome()).isIn(Outcome.EXITED, Outcome.OUT_OF_TIME);
  }

  @Test
  void aDaemonDiesWithItsProgram() throws InterruptedException {
    SandboxResult result =
        run(
            """
            import os, time
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0: time.sleep(1000)
                os._exit(0)
            print('done')
            """);
    assertThat(result.output()).isEqualTo("done\n");
    Thread.sleep(200);
    assertThat(processesOfNobody()).isZero();
  }

  @Test
  void nothingPrintedIsLost() {
    for (int i = 0; i < 12; i++) {
      assertThat(run("print('x' * 30_000)").output()).hasSize(30_001);
    }
  }

  @Test
  void scratchFoldersAreRemoved() throws IOException {
    Path temporary = Files.createTempFile("x", "y");
    Files.delete(temporary);
    run("open('file', 'w').write('x')");
    try (Stream<Path> left = Files.list(temporary.getParent())) {
      assertThat(left.filter(p -> p.getFileName().toString().startsWith("fathom-sandbox")))
          .isEmpty();
    }
  }

  @Test
  void javaIsCompiledAndRunWithAssertionsOn() {
    CodeSandbox slower = sandbox.with(SandboxLimits.usual());
    String hello =
        "class Main { public static void main(String[] a) { assert %s; System.out.println(\"hi\"); } }";
    assertThat(slower.run(SandboxProgram.java(hello.formatted("true"))).output()).isEqualTo("hi\n");
    SandboxResult failed = slower.run(SandboxProgram.java(hello.formatted("false")));
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.errors()).contains("AssertionError");
  }

  @Test
  void javaThatDoesNotCompileTellsWhy() {
    SandboxResult result =
        sandbox.with(SandboxLimits.usual()).run(SandboxProgram.java("class Main {"));
    assertThat(result.succeeded()).isFalse();
    assertThat(result.errors()).contains("reached end of file");
  }

  @Test
  void badFileNamesAndLimitsAreRefused() {
    assertThatThrownBy(
            () -> new SandboxProgram(SandboxProgram.Language.PYTHON, Map.of("../x.py", ""), ""))
        .isInstanceOf(SandboxException.class);
    assertThatThrownBy(() -> SandboxLimits.usual().within(Duration.ZERO))
        .isInstanceOf(SandboxException.class);
  }

  @ParameterizedTest
  @EnumSource(SandboxCommand.class)
  void everyFormThatOpensRunsAndEndsPrograms(SandboxCommand form) {
    CodeSandbox weaker = CodeSandbox.of(form, SandboxLimits.usual().within(LIMIT));
    SandboxResult hello = weaker.run(SandboxProgram.python("print('hello')"));
    assumeTrue(hello.succeeded(), "skipped: " + form + " does not work here: " + hello.errors());
    assertThat(hello.output()).isEqualTo("hello\n");
    SandboxResult forever = weaker.run(SandboxProgram.python("while True: pass"));
    assertThat(forever.outcome()).isEqualTo(Outcome.OUT_OF_TIME);
    SandboxResult full = weaker.run(SandboxProgram.python("a = bytearray(10**10)"));
    assertThat(full.errors()).contains("MemoryError");
    boolean networkWall = weaker.protections().contains(Protection.NO_NETWORK);
    SandboxResult interfaces =
        weaker.run(
            SandboxProgram.python(
                "import socket\nprint([n for _, n in socket.if_nameindex() if n != 'lo'])"));
    assertThat(!networkWall || interfaces.output().equals("[]\n")).isTrue();
  }

  @Test
  void weakerSandboxesAreHonestAboutIt() {
    Set<Protection> least = EnumSet.of(Protection.WATCHED);
    assertThat(SandboxCommand.LIMITS.protections()).doesNotContain(Protection.NO_NETWORK);
    assertThat(CodeSandbox.open(SandboxLimits.usual(), least).protections())
        .isEqualTo(sandbox.protections());
  }
}
