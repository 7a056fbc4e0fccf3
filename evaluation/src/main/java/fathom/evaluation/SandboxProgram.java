package fathom.evaluation;

import java.util.Map;

/// Source files and the language to run them in.
///
/// @param language the language
/// @param files file name to text; Python runs `main.py`, Java compiles all and runs `mainClass`
/// @param mainClass the Java class with the main method, empty for Python
public record SandboxProgram(Language language, Map<String, String> files, String mainClass) {
  /// A language that the sandbox runs.
  public enum Language {
    /// Python 3.
    PYTHON,
    /// Java, compiled and run with assertions on.
    JAVA
  }

  /// Copies the files and checks their names.
  ///
  /// @throws SandboxException if a name is not plain (letters, digits, one dot)
  public SandboxProgram {
    files = Map.copyOf(files);
    for (String name : files.keySet()) {
      if (!name.matches("[A-Za-z0-9_/]{1,80}\\.(?:py|java)")) {
        throw new SandboxException("sandbox: no file may be named '" + name + "'");
      }
    }
    if (!mainClass.matches("[A-Za-z0-9_]*")) {
      throw new SandboxException("sandbox: no class may be named '" + mainClass + "'");
    }
  }

  /// A Python program of one file.
  public static SandboxProgram python(String source) {
    return new SandboxProgram(Language.PYTHON, Map.of("main.py", source), "");
  }

  /// A Java program of one file whose main class is `Main`.
  public static SandboxProgram java(String source) {
    return new SandboxProgram(Language.JAVA, Map.of("Main.java", source), "Main");
  }
}
