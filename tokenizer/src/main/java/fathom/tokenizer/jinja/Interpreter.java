package fathom.tokenizer.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Executes statements.
final class Interpreter {
  private final Budget budget;
  private final Evaluator evaluator;
  private StringBuilder out = new StringBuilder();
  private int loops;

  Interpreter(Budget budget) {
    this.budget = budget;
    this.evaluator = new Evaluator(budget);
  }

  /// What a statement asks the loop around it to do.
  private enum Flow {
    GO_ON,
    NEXT_ITEM,
    LEAVE_LOOP
  }

  String render(List<Statement> statements, Scope scope) {
    execute(statements, scope);
    return out.toString();
  }

  private Flow execute(List<Statement> statements, Scope scope) {
    for (Statement statement : statements) {
      budget.step();
      Flow flow;
      try {
        flow = execute(statement, scope);
      } catch (JinjaException e) {
        throw e.at(statement.line());
      }
      if (flow != Flow.GO_ON) {
        return flow;
      }
    }
    return Flow.GO_ON;
  }

  private Flow execute(Statement statement, Scope scope) {
    switch (statement) {
      case Statement.Text text -> print(text.text());
      case Statement.Output output ->
          print(PythonText.str(evaluator.evaluate(output.value(), scope), budget));
      case Statement.If condition -> {
        return execute(
            evaluator.truth(condition.condition(), scope)
                ? condition.body()
                : condition.otherwise(),
            scope);
      }
      case Statement.For loop -> {
        return loop(loop, scope);
      }
      case Statement.Assign assign -> assign(assign, scope);
      case Statement.Capture capture ->
          scope.set(capture.target(), captured(capture.body(), new Scope(scope)));
      case Statement.Macro macro -> scope.set(macro.name(), macro(macro, scope));
      case Statement.CallBlock call -> {
        Statement.Macro body =
            new Statement.Macro("caller", call.parameters(), List.of(), call.body(), call.line());
        Object result = evaluator.call(call.call(), scope, Map.of("caller", macro(body, scope)));
        print(PythonText.str(result, budget));
      }
      case Statement.FilterBlock filter ->
          print(
              PythonText.str(
                  evaluator
                      .filters()
                      .apply(
                          filter.name(),
                          captured(filter.body(), new Scope(scope)),
                          evaluator.arguments(filter.arguments(), scope)),
                  budget));
      case Statement.Block block -> {
        return execute(block.body(), new Scope(scope));
      }
      case Statement.Break end -> {
        return Flow.LEAVE_LOOP;
      }
      case Statement.Continue next -> {
        return Flow.NEXT_ITEM;
      }
    }
    return Flow.GO_ON;
  }

  private void print(String text) {
    out.append(text);
    budget.text(text.length());
    budget.requireTextOf(out.length());
  }

  private String captured(List<Statement> body, Scope scope) {
    StringBuilder outer = out;
    out = new StringBuilder();
    execute(body, scope);
    String text = out.toString();
    out = outer;
    return text;
  }

  private Flow loop(Statement.For loop, Scope scope) {
    List<Object> items = Values.iterate(evaluator.evaluate(loop.items(), scope), budget);
    Expression filter = loop.filter();
    if (filter != null) {
      List<Object> wanted = new ArrayList<>();
      for (Object item : items) {
        Scope inner = new Scope(scope);
        bind(loop.targets(), item, inner);
        if (evaluator.truth(filter, inner)) {
          wanted.add(item);
        }
      }
      items = wanted;
    }
    if (items.isEmpty()) {
      return execute(loop.otherwise(), scope);
    }
    LoopState state = new LoopState(items, loops);
    loops++;
    for (int i = 0; i < items.size(); i++) {
      state.moveTo(i);
      Scope inner = new Scope(scope);
      inner.set("loop", state);
      bind(loop.targets(), items.get(i), inner);
      if (execute(loop.body(), inner) == Flow.LEAVE_LOOP) {
        break;
      }
    }
    loops--;
    return Flow.GO_ON;
  }

  private void bind(List<String> targets, Object value, Scope scope) {
    if (targets.size() == 1) {
      scope.set(targets.getFirst(), value);
      return;
    }
    List<Object> parts = Values.iterate(value, budget);
    if (parts.size() != targets.size()) {
      throw new JinjaException(
          "expected %d values to unpack, found %d".formatted(targets.size(), parts.size()));
    }
    for (int i = 0; i < parts.size(); i++) {
      scope.set(targets.get(i), parts.get(i));
    }
  }

  private void assign(Statement.Assign assign, Scope scope) {
    Object value = evaluator.evaluate(assign.value(), scope);
    if (assign.attribute().isEmpty()) {
      bind(assign.targets(), value, scope);
      return;
    }
    String target = assign.targets().getFirst();
    if (!(scope.find(target) instanceof Namespace namespace)) {
      throw new JinjaException("'" + target + "' is no namespace: its attributes cannot be set");
    }
    namespace.set(assign.attribute(), value);
  }

  private Function macro(Statement.Macro macro, Scope definedIn) {
    return arguments -> {
      budget.enterCall();
      Scope scope = new Scope(definedIn);
      List<String> parameters = macro.parameters();
      if (arguments.positional().size() > parameters.size()) {
        throw new JinjaException("macro '" + macro.name() + "' takes fewer arguments");
      }
      int firstDefault = parameters.size() - macro.defaults().size();
      for (int i = 0; i < parameters.size(); i++) {
        String name = parameters.get(i);
        if (arguments.has(i, name)) {
          scope.set(name, arguments.require(i, name));
        } else if (i >= firstDefault) {
          scope.set(name, evaluator.evaluate(macro.defaults().get(i - firstDefault), scope));
        } else {
          scope.set(name, new Undefined(name));
        }
      }
      Map<String, Object> rest = new LinkedHashMap<>(arguments.named());
      parameters.forEach(rest::remove);
      scope.set("kwargs", rest);
      if (rest.get("caller") != null) {
        scope.set("caller", rest.get("caller"));
      }
      int outerLoops = loops;
      loops = 0;
      String text = captured(macro.body(), scope);
      loops = outerLoops;
      budget.leaveCall();
      return text;
    };
  }
}
