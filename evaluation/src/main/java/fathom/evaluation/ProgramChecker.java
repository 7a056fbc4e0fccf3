package fathom.evaluation;

import fathom.evaluation.SandboxProgram.Language;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Right if the answer's code passes the task's tests in the sandbox. The expected answer is the
/// test code. A program passes by reaching its end, where it prints a word that it cannot know
/// while the answer's code runs; leaving early with exit code 0 is no pass.
public final class ProgramChecker implements Checker {
  private static final Pattern FENCE =
      Pattern.compile("```[a-zA-Z]*\\s*\\n(.*?)(?:```|\\z)", Pattern.DOTALL);
  private static final String PAIR =
      """
      package org.javatuples;
      public record Pair<A, B>(A first, B second) {
        public static <A, B> Pair<A, B> with(A a, B b) { return new Pair<>(a, b); }
        public A getValue0() { return first; }
        public B getValue1() { return second; }
      }
      """;

  private final CodeSandbox sandbox;
  private final Language language;
  private final String prompt;
  private final String entryPoint;
  private final String closing;

  /// Creates the checker of one task.
  ///
  /// @param prompt the code before the completion
  /// @param entryPoint the function that the tests call
  /// @param closing what closes a Java method body (and its class) before the tests
  public ProgramChecker(
      CodeSandbox sandbox, Language language, String prompt, String entryPoint, String closing) {
    this.sandbox = sandbox;
    this.language = language;
    this.prompt = prompt;
    this.entryPoint = entryPoint;
    this.closing = closing;
  }

  @Override
  public String name() {
    return switch (language) {
      case PYTHON -> "python";
      case JAVA -> "java";
    };
  }

  @Override
  public Score score(String expected, Response response) {
    String content = response.content();
    Optional<String> fenced = lastFence(content);
    String code = fenced.orElse(content);
    if (code.isBlank()) {
      return Score.wrong("");
    }
    boolean right = passes(expected, code);
    return new Score(right && response.complete(), right, code);
  }

  /// Whether a completion, or a whole function, passes the tests.
  public boolean passes(String tests, String code) {
    String word = "passed-" + Long.toHexString(System.nanoTime() * 0x9e3779b97f4a7c15L);
    SandboxProgram program =
        switch (language) {
          case PYTHON -> python(tests, code, word);
          case JAVA -> java(tests, code, word);
        };
    SandboxResult result = sandbox.run(program);
    return result.succeeded() && result.output().contains(word);
  }

  private SandboxProgram python(String tests, String code, String word) {
    boolean whole =
        Pattern.compile("(?m)^def " + Pattern.quote(entryPoint) + "\\b").matcher(code).find();
    int definition = prompt.indexOf("def " + entryPoint);
    String header = definition < 0 ? "" : prompt.substring(0, definition);
    String solution = whole ? header + "\n" + code : prompt + code;
    return SandboxProgram.python(
        solution + "\n\n" + tests + "\n\ncheck(" + entryPoint + ")\nprint('" + word + "')\n");
  }

  private SandboxProgram java(String tests, String code, String word) {
    String main = tests.contains("class Main") ? "Main" : "Problem";
    String source = prompt + body(code) + closing + "\n" + tests;
    Map<String, String> files = new HashMap<>();
    files.put(
        "FathomRun.java",
        "class FathomRun { public static void main(String[] a) throws Throwable { %s.main(a); System.out.println(\"%s\"); } }"
            .formatted(main, word));
    if (source.contains("org.javatuples")) {
      files.put("org/javatuples/Pair.java", PAIR);
    }
    files.put("Main.java", source);
    return new SandboxProgram(Language.JAVA, files, "FathomRun");
  }

  /// The method's body: of a whole method what stands between its braces, of a completion what
  /// comes before the brace that closes it.
  private String body(String code) {
    Matcher signature =
        Pattern.compile("\\b" + Pattern.quote(entryPoint) + "\\s*\\([^;{}]*\\)[^;{}]*\\{")
            .matcher(code);
    int start = signature.find() ? signature.end() : 0;
    int depth = 1;
    for (int i = start; i < code.length(); i++) {
      char c = code.charAt(i);
      if (c == '"' || c == '\'') {
        i = endOfLiteral(code, i, c);
      } else if (c == '{') {
        depth++;
      } else if (c == '}' && --depth == 0) {
        return code.substring(start, i);
      }
    }
    return code.substring(start);
  }

  private static int endOfLiteral(String code, int start, char quote) {
    int i = start + 1;
    while (i < code.length() && code.charAt(i) != quote && code.charAt(i) != '\n') {
      i += code.charAt(i) == '\\' ? 2 : 1;
    }
    return i;
  }

  private static Optional<String> lastFence(String content) {
    Matcher matcher = FENCE.matcher(content);
    String found = null;
    while (matcher.find()) {
      found = matcher.group(1);
    }
    return Optional.ofNullable(found);
  }
}
