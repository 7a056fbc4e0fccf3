package fathom.tokenizer.jinja;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A parsed template. Immutable; every rendering has its own variables and limits.
public final class Template {
  private static final int LONGEST_RANGE = 100_000;

  private final List<Statement> statements;

  private Template(List<Statement> statements) {
    this.statements = statements;
  }

  /// Parses a template.
  ///
  /// @throws JinjaException if it is none, with the line
  public static Template parse(String source) {
    try {
      return new Template(TemplateParser.parse(source));
    } catch (StackOverflowError e) {
      throw new JinjaException("the template is nested too deeply");
    }
  }

  /// The text for these variables: null, String, Boolean, Number, Map, Iterable.
  ///
  /// @param clock what `strftime_now` reads; without one the function is undefined
  /// @throws JinjaException if the template raises an error, does what its values do not allow, or
  ///   exceeds its limits
  public String render(Map<String, ?> variables, @Nullable Clock clock) {
    Budget budget = new Budget();
    Scope globals = new Scope(null);
    functions(globals, budget);
    if (clock != null) {
      globals.set(
          "strftime_now",
          (Function) a -> DateFormatting.format(a.text(0, "format"), ZonedDateTime.now(clock)));
    }
    Scope scope = new Scope(globals);
    variables.forEach((name, value) -> scope.set(name, Values.of(value)));
    try {
      return new Interpreter(budget).render(statements, scope);
    } catch (StackOverflowError e) {
      throw new JinjaException("the template is nested too deeply");
    }
  }

  private static void functions(Scope scope, Budget budget) {
    scope.set(
        "raise_exception",
        (Function)
            a -> {
              throw new JinjaException(PythonText.str(a.require(0, "message"), budget));
            });
    scope.set("namespace", (Function) Template::namespace);
    scope.set("dict", (Function) a -> new LinkedHashMap<Object, Object>(a.named()));
    scope.set("range", (Function) a -> range(a, budget));
  }

  private static Object namespace(Arguments arguments) {
    Namespace namespace = new Namespace();
    for (Object initial : arguments.positional()) {
      if (!(initial instanceof Map<?, ?> map)) {
        throw new JinjaException("namespace takes a dict or named values");
      }
      map.forEach((name, value) -> namespace.set(name.toString(), Values.present(value)));
    }
    arguments.named().forEach(namespace::set);
    return namespace;
  }

  private static Object range(Arguments arguments, Budget budget) {
    boolean two = arguments.has(1, "stop");
    long from = two ? arguments.integer(0, "start", 0) : 0;
    long to = arguments.integer(two ? 1 : 0, "stop", 0);
    long step = arguments.integer(2, "step", 1);
    if (step == 0) {
      throw new JinjaException("range: the step cannot be zero");
    }
    long size = Math.max(0, Math.ceilDiv(to - from, step));
    if (size > LONGEST_RANGE) {
      throw new JinjaException("range: more than " + LONGEST_RANGE + " numbers");
    }
    budget.list(size);
    List<Object> numbers = new ArrayList<>();
    for (long i = 0; i < size; i++) {
      numbers.add(from + i * step);
    }
    return numbers;
  }
}
