package fathom.cli;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One command as a user gives it, and what came of it.
record CommandRun(int exitCode, String out, String err) {
  static final Path FIXTURES = Path.of(System.getProperty("fathom.fixtures"));
  static final String ADDER = FIXTURES.resolve("models/adder-v3").toString();

  static CommandRun of(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new);
    int exitCode = Main.run(words, new PrintWriter(out), new PrintWriter(err));
    return new CommandRun(exitCode, out.toString(), err.toString());
  }

  /// The same with something on standard input.
  static CommandRun reading(String input, Object... arguments) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      return of(arguments);
    } finally {
      System.setIn(before);
    }
  }

  /// The one JSON object on standard output.
  JsonNode json() {
    return JsonMapper.shared().readTree(out);
  }

  List<String> errorLines() {
    return err.lines().toList();
  }
}
