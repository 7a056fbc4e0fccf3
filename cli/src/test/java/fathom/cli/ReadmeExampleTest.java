package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Java in the README, as it stands there.
class ReadmeExampleTest {
  private static final Path ROOT = Path.of(System.getProperty("fathom.root"));

  @TempDir private Path folder;

  /// A source that exists only here.
  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String name, String text) {
      super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  @Test
  void compilesAndAnswers() throws IOException, ReflectiveOperationException {
    Matcher block =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(ROOT.resolve("README.md")));
    assertThat(block.find()).isTrue();
    String model = CommandRun.ADDER.replace("\\", "\\\\");
    String body =
        block.group(1).replaceFirst("Path\\.of\\(\"[^\"]*\"\\)", "Path.of(\"" + model + "\")");
    assertThat(compile(source(body))).isEmpty();
    java.io.PrintStream before = System.out;
    java.io.ByteArrayOutputStream printed = new java.io.ByteArrayOutputStream();
    try (java.net.URLClassLoader loader =
        new java.net.URLClassLoader(new java.net.URL[] {folder.toUri().toURL()})) {
      System.setOut(new java.io.PrintStream(printed, true));
      loader.loadClass("Example").getMethod("run").invoke(null);
    } finally {
      System.setOut(before);
    }
    assertThat(printed.size()).isPositive();
  }

  private static String source(String body) {
    String imports =
        Stream.of("checkpoint", "generation", "model", "tensor", "tokenizer")
            .map(module -> "import fathom." + module + ".*;\n")
            .collect(Collectors.joining());
    return imports
        + "import java.nio.file.Path;\n"
        + "public final class Example {\n  public static void run() throws Exception {\n"
        + body
        + "  }\n}\n";
  }

  private String compile(String source) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<JavaFileObject> sources = List.of(new Source("Example", source));
    List<String> options =
        List.of(
            "-d",
            folder.toString(),
            "-proc:none",
            "-nowarn",
            "-classpath",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    compiler.getTask(messages, null, null, options, null, sources).call();
    return messages.toString();
  }
}
