package fathom.tokenizer.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Computes expressions.
final class Evaluator {
  private final Budget budget;
  private final Members members;
  private final Filters filters;

  Evaluator(Budget budget) {
    this.budget = budget;
    this.members = new Members(budget);
    this.filters = new Filters(budget, members);
  }

  Filters filters() {
    return filters;
  }

  boolean truth(Expression expression, Scope scope) {
    return Values.truth(evaluate(expression, scope));
  }

  Object evaluate(Expression expression, Scope scope) {
    budget.step();
    return switch (expression) {
      case Expression.Literal literal -> literal.value();
      case Expression.Name name -> variable(name.name(), scope);
      case Expression.Attribute attribute ->
          members.attribute(evaluate(attribute.object(), scope), attribute.name());
      case Expression.Item item ->
          members.item(evaluate(item.object(), scope), evaluate(item.key(), scope));
      case Expression.Slice slice ->
          members.slice(
              evaluate(slice.object(), scope),
              optional(slice.from(), scope),
              optional(slice.to(), scope),
              optional(slice.step(), scope));
      case Expression.Call call -> call(call, scope);
      case Expression.Filter filter ->
          filters.apply(
              filter.name(), evaluate(filter.value(), scope), arguments(filter.arguments(), scope));
      case Expression.Test test ->
          Tests.holds(
              test.name(),
              evaluate(test.value(), scope),
              arguments(test.arguments(), scope),
              budget);
      case Expression.Not not -> !truth(not.value(), scope);
      case Expression.Sign sign -> sign(sign, scope);
      case Expression.Binary binary ->
          Arithmetic.apply(
              binary.operator(),
              evaluate(binary.left(), scope),
              evaluate(binary.right(), scope),
              budget);
      case Expression.Comparison comparison -> comparison(comparison, scope);
      case Expression.And and -> {
        Object left = evaluate(and.left(), scope);
        yield Values.truth(left) ? evaluate(and.right(), scope) : left;
      }
      case Expression.Or or -> {
        Object left = evaluate(or.left(), scope);
        yield Values.truth(left) ? left : evaluate(or.right(), scope);
      }
      case Expression.Conditional conditional -> conditional(conditional, scope);
      case Expression.Sequence sequence -> {
        List<Object> items = new ArrayList<>();
        for (Expression item : sequence.items()) {
          items.add(evaluate(item, scope));
        }
        yield sequence.tuple() ? new Tuple(items) : items;
      }
      case Expression.Dictionary dictionary -> dictionary(dictionary, scope);
    };
  }

  private static Object variable(String name, Scope scope) {
    Object value = scope.find(name);
    return value == null ? new Undefined(name) : value;
  }

  private @Nullable Object optional(@Nullable Expression expression, Scope scope) {
    return expression == null ? null : evaluate(expression, scope);
  }

  Object call(Expression.Call call, Scope scope) {
    return call(call, scope, Map.of());
  }

  /// Calls with further named arguments.
  Object call(Expression.Call call, Scope scope, Map<String, Object> more) {
    Object callee = evaluate(call.callee(), scope);
    if (callee instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    if (!(callee instanceof Function function)) {
      throw new JinjaException("a " + Values.typeName(callee) + " cannot be called");
    }
    Arguments arguments = arguments(call.arguments(), scope);
    if (!more.isEmpty()) {
      Map<String, Object> named = new LinkedHashMap<>(arguments.named());
      named.putAll(more);
      arguments = new Arguments(arguments.positional(), named);
    }
    return function.call(arguments);
  }

  Arguments arguments(Expression.CallArguments arguments, Scope scope) {
    if (arguments.positional().isEmpty() && arguments.named().isEmpty()) {
      return Arguments.NONE;
    }
    List<Object> positional = new ArrayList<>();
    for (Expression argument : arguments.positional()) {
      positional.add(evaluate(argument, scope));
    }
    Map<String, Object> named = new LinkedHashMap<>();
    arguments.named().forEach((name, argument) -> named.put(name, evaluate(argument, scope)));
    return new Arguments(positional, named);
  }

  private Object sign(Expression.Sign sign, Scope scope) {
    Object value = evaluate(sign.value(), scope);
    Object negated = Arithmetic.negate(value);
    return sign.negative() ? negated : value;
  }

  private boolean comparison(Expression.Comparison comparison, Scope scope) {
    Object left = evaluate(comparison.first(), scope);
    for (int i = 0; i < comparison.operators().size(); i++) {
      Object right = evaluate(comparison.others().get(i), scope);
      if (!compare(comparison.operators().get(i), left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private boolean compare(String operator, Object left, Object right) {
    return switch (operator) {
      case "==" -> Values.equal(left, right);
      case "!=" -> !Values.equal(left, right);
      case "in" -> Values.contains(right, left, budget);
      case "not in" -> !Values.contains(right, left, budget);
      case "<" -> Values.compare(left, right) < 0;
      case "<=" -> Values.compare(left, right) <= 0;
      case ">" -> Values.compare(left, right) > 0;
      default -> Values.compare(left, right) >= 0;
    };
  }

  private Object conditional(Expression.Conditional conditional, Scope scope) {
    if (truth(conditional.condition(), scope)) {
      return evaluate(conditional.whenTrue(), scope);
    }
    return conditional.otherwise() == null
        ? new Undefined("the inline if-expression without an else")
        : evaluate(conditional.otherwise(), scope);
  }

  private Object dictionary(Expression.Dictionary dictionary, Scope scope) {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < dictionary.keys().size(); i++) {
      map.put(
          evaluate(dictionary.keys().get(i), scope), evaluate(dictionary.values().get(i), scope));
    }
    return map;
  }
}
