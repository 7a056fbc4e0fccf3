package fathom.tokenizer.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An expression of a template.
sealed interface Expression {
  /// A constant.
  record Literal(Object value) implements Expression {}

  /// A variable.
  record Name(String name) implements Expression {}

  /// `object.name`.
  record Attribute(Expression object, String name) implements Expression {}

  /// `object[key]`.
  record Item(Expression object, Expression key) implements Expression {}

  /// `object[from:to:step]`.
  record Slice(
      Expression object,
      @Nullable Expression from,
      @Nullable Expression to,
      @Nullable Expression step)
      implements Expression {}

  /// `callee(arguments)`.
  record Call(Expression callee, CallArguments arguments) implements Expression {}

  /// `value|name(arguments)`.
  record Filter(Expression value, String name, CallArguments arguments) implements Expression {}

  /// `value is name(arguments)`.
  record Test(Expression value, String name, CallArguments arguments) implements Expression {}

  /// `not value`.
  record Not(Expression value) implements Expression {}

  /// `-value` or `+value`.
  record Sign(boolean negative, Expression value) implements Expression {}

  /// `left operator right` with an operator that calculates.
  record Binary(String operator, Expression left, Expression right) implements Expression {}

  /// `first < second <= third …`: every neighbouring pair must hold.
  record Comparison(Expression first, List<String> operators, List<Expression> others)
      implements Expression {}

  /// `left and right`.
  record And(Expression left, Expression right) implements Expression {}

  /// `left or right`.
  record Or(Expression left, Expression right) implements Expression {}

  /// `whenTrue if condition else otherwise`.
  record Conditional(Expression condition, Expression whenTrue, @Nullable Expression otherwise)
      implements Expression {}

  /// `[a, b]` and `(a, b)`.
  record Sequence(List<Expression> items, boolean tuple) implements Expression {}

  /// `{key: value}`.
  record Dictionary(List<Expression> keys, List<Expression> values) implements Expression {}

  /// What stands between the brackets of a call.
  record CallArguments(List<Expression> positional, Map<String, Expression> named) {
    static final CallArguments NONE = new CallArguments(List.of(), Map.of());
  }
}
