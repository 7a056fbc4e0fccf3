package fathom.cli;

import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// Says what went wrong in one sentence on standard error; the stack trace only with `--verbose`.
final class Failures {
  private Failures() {}

  static int badCommandLine(ParameterException e, String[] args) {
    PrintWriter err = e.getCommandLine().getErr();
    err.println("fathom: " + sentence(e));
    if (!UnmatchedArgumentException.printSuggestions(e, err)) {
      err.println("See: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
    }
    return CommandLine.ExitCode.USAGE;
  }

  static int failedCommand(Exception e, CommandLine line, ParseResult parsed) {
    if (e instanceof UsageException) {
      line.getErr().println("fathom: " + sentence(e));
      return CommandLine.ExitCode.USAGE;
    }
    line.getErr().println("fathom: " + sentence(e));
    if (parsed.originalArgs().contains("--verbose")) {
      e.printStackTrace(line.getErr());
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /// The sentence for an exception: messages of file-system exceptions are bare paths and need a
  /// verb.
  static String sentence(Throwable e) {
    return switch (e) {
      case NoSuchFileException f -> f.getFile() + ": no such file or directory";
      case AccessDeniedException f -> f.getFile() + ": access denied";
      case FileAlreadyExistsException f -> f.getFile() + ": something else is there already";
      case FileSystemException f when f.getReason() != null -> f.getFile() + ": " + f.getReason();
      case OutOfMemoryError o -> "out of memory: " + o.getMessage();
      default -> oneLine(e.getMessage(), e.getClass().getSimpleName());
    };
  }

  private static String oneLine(@Nullable String message, String otherwise) {
    if (message == null || message.isBlank()) {
      return otherwise;
    }
    return String.join(
        " ",
        Arrays.stream(message.split("\\R")).map(String::strip).filter(s -> !s.isEmpty()).toList());
  }
}
