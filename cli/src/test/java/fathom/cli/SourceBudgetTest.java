package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Keeps the sizes that `CONTRIBUTING.md` promises, over the main code of all modules.
class SourceBudgetTest {
  private static final Path ROOT = Path.of(System.getProperty("fathom.root"));
  private static final List<Method> METHODS = new ArrayList<>();
  private static final List<Sized> FILES = new ArrayList<>();

  private record Method(String place, int lines, int parameters) {}

  private record Sized(String place, int lines) {}

  @BeforeAll
  static void readAllSources() throws IOException {
    List<Path> sources = new ArrayList<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path module : modules.filter(m -> Files.exists(m.resolve("pom.xml"))).toList()) {
        sources.addAll(javaFiles(module.resolve("src/main/java")));
      }
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, d -> {}, null, null, files.getJavaFileObjectsFromPaths(sources));
      Trees trees = Trees.instance(task);
      for (CompilationUnitTree unit : task.parse()) {
        Path path = Path.of(unit.getSourceFile().toUri());
        String name = ROOT.toRealPath().relativize(path.toRealPath()).toString();
        FILES.add(new Sized(name, lines(path)));
        new MethodScanner(unit, trees, name).scan(unit, null);
      }
    }
  }

  private static List<Path> javaFiles(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(p -> p.toString().endsWith(".java")).toList();
    }
  }

  private static int lines(Path path) {
    try (Stream<String> lines = Files.lines(path)) {
      return (int) lines.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class MethodScanner extends TreeScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final Trees trees;
    private final String file;
    private ClassTree enclosing;

    MethodScanner(CompilationUnitTree unit, Trees trees, String file) {
      this.unit = unit;
      this.trees = trees;
      this.file = file;
    }

    @Override
    public Void visitClass(ClassTree node, Void unused) {
      ClassTree outer = enclosing;
      enclosing = node;
      super.visitClass(node, null);
      enclosing = outer;
      return null;
    }

    @Override
    public Void visitMethod(MethodTree method, Void unused) {
      var positions = trees.getSourcePositions();
      var map = unit.getLineMap();
      long end = positions.getEndPosition(unit, method);
      if (end > 0 && !isRecordConstructor(method)) {
        long first = map.getLineNumber(positions.getStartPosition(unit, method));
        int lines = (int) (map.getLineNumber(end) - first + 1);
        String place = "%s:%d %s".formatted(file, first, method.getName());
        METHODS.add(new Method(place, lines, method.getParameters().size()));
      }
      return super.visitMethod(method, null);
    }

    /// A record's canonical constructor has the record's components, which have their own limit.
    private boolean isRecordConstructor(MethodTree method) {
      return enclosing.getKind() == Tree.Kind.RECORD && method.getName().contentEquals("<init>");
    }
  }

  private static int percentile(List<Integer> values, double share) {
    List<Integer> sorted = values.stream().sorted().toList();
    return sorted.get((int) (share * (sorted.size() - 1)));
  }

  @Test
  void noMethodIsLongerThanSeventyLines() {
    assertThat(METHODS).filteredOn(m -> m.lines() > 70).isEmpty();
  }

  @Test
  void noFileIsLongerThanFiveHundredLines() {
    assertThat(FILES).filteredOn(f -> f.lines() > 500).isEmpty();
  }

  @Test
  void noMethodTakesMoreThanSixParameters() {
    assertThat(METHODS).filteredOn(m -> m.parameters() > 6).isEmpty();
  }

  @Test
  void methodsAreShort() {
    List<Integer> lines = METHODS.stream().map(Method::lines).toList();
    assertThat(percentile(lines, 0.5)).as("median method").isLessThanOrEqualTo(8);
    assertThat(percentile(lines, 0.9)).as("p90 method").isLessThanOrEqualTo(25);
  }

  @Test
  void filesAreShort() {
    List<Integer> lines = FILES.stream().map(Sized::lines).toList();
    assertThat(percentile(lines, 0.9)).as("p90 file").isLessThanOrEqualTo(350);
  }

  @Test
  void longParameterListsAreRare() {
    long many = METHODS.stream().filter(m -> m.parameters() >= 5).count();
    assertThat(many / (double) METHODS.size()).as("share of >= 5 parameters").isLessThan(0.03);
  }
}
