package fathom.tokenizer.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A statement of a template; each knows its line.
sealed interface Statement {
  int line();

  /// Text that is printed as it stands.
  record Text(String text, int line) implements Statement {}

  /// `{{ value }}`.
  record Output(Expression value, int line) implements Statement {}

  /// `{% if %}`; an `elif` is an `If` in `otherwise`.
  record If(Expression condition, List<Statement> body, List<Statement> otherwise, int line)
      implements Statement {}

  /// `{% for targets in items if filter %}`.
  record For(
      List<String> targets,
      Expression items,
      @Nullable Expression filter,
      List<Statement> body,
      List<Statement> otherwise,
      int line)
      implements Statement {}

  /// `{% set a, b = value %}` and, with an attribute, `{% set namespace.attribute = value %}`.
  record Assign(List<String> targets, String attribute, Expression value, int line)
      implements Statement {}

  /// `{% set target %}body{% endset %}`.
  record Capture(String target, List<Statement> body, int line) implements Statement {}

  /// `{% macro name(parameters) %}`; defaults belong to the last parameters.
  record Macro(
      String name,
      List<String> parameters,
      List<Expression> defaults,
      List<Statement> body,
      int line)
      implements Statement {}

  /// `{% call callee(…) %}body{% endcall %}`: the body is there as `caller()`.
  record CallBlock(List<String> parameters, Expression.Call call, List<Statement> body, int line)
      implements Statement {}

  /// `{% filter name %}body{% endfilter %}`.
  record FilterBlock(
      String name, Expression.CallArguments arguments, List<Statement> body, int line)
      implements Statement {}

  /// `{% with %}` and `{% generation %}`: a scope of its own.
  record Block(List<Statement> body, int line) implements Statement {}

  /// `{% break %}`.
  record Break(int line) implements Statement {}

  /// `{% continue %}`.
  record Continue(int line) implements Statement {}
}
