package fathom.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/// Where the program starts: picks the command, and turns what goes wrong into one sentence.
///
/// Exit codes: 0 done, 1 something went wrong while doing it, 2 the command line makes no sense.
public final class Main {
  private Main() {}

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] args) {
    if (args.length > 0 && Commands.opensModel(args[0])) {
      HeadStart.begin();
    }
    System.exit(run(args, utf8(System.out), utf8(System.err)));
  }

  /// Runs one command with these streams and returns its exit code.
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    CommandLine line = Commands.commandLine(args);
    line.setOut(out);
    line.setErr(err);
    line.setParameterExceptionHandler(Failures::badCommandLine);
    line.setExecutionExceptionHandler(Failures::failedCommand);
    int exitCode = line.execute(args);
    out.flush();
    err.flush();
    return exitCode;
  }

  private static PrintWriter utf8(java.io.PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }
}
