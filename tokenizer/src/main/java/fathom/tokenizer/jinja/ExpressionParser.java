package fathom.tokenizer.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads expressions, with the precedences of Jinja's own parser: `if … else`, `or`, `and`, `not`,
/// comparisons, `+ -`, `~`, `* / // %`, `**`, signs; filters and tests bind as tightly as calls.
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> AFTER_TEST =
      Set.of("else", "or", "and", "if", "in", "not", "is");
  private static final int DEEPEST = 100;

  private final List<Token> tokens;
  private int at;
  private int depth;

  ExpressionParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token take() {
    Token token = tokens.get(at);
    if (token.kind() != Token.Kind.END) {
      at++;
    }
    return token;
  }

  boolean takeOperator(String operator) {
    if (!peek().isOperator(operator)) {
      return false;
    }
    at++;
    return true;
  }

  boolean takeName(String name) {
    if (!peek().isName(name)) {
      return false;
    }
    at++;
    return true;
  }

  void expectOperator(String operator) {
    if (!takeOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  String expectName() {
    if (peek().kind() != Token.Kind.NAME) {
      throw unexpected("a name");
    }
    return take().text();
  }

  void expectTagEnd() {
    if (take().kind() != Token.Kind.TAG_END) {
      at--;
      throw unexpected("the end of the tag");
    }
  }

  JinjaException unexpected(String expected) {
    Token token = peek();
    String found = token.text().isEmpty() ? token.kind().toString() : "'" + token.text() + "'";
    return new JinjaException("expected " + expected + ", found " + found).at(token.line());
  }

  /// An expression, or a tuple of several without brackets.
  Expression tuple() {
    Expression first = expression();
    if (!peek().isOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (takeOperator(",") && !atEndOfTuple()) {
      items.add(expression());
    }
    return new Expression.Sequence(items, true);
  }

  private boolean atEndOfTuple() {
    return peek().kind() == Token.Kind.TAG_END || peek().isOperator(")");
  }

  Expression expression() {
    if (++depth > DEEPEST) {
      throw new JinjaException("an expression is nested deeper than " + DEEPEST).at(peek().line());
    }
    Expression value = or();
    while (takeName("if")) {
      Expression condition = or();
      Expression otherwise = takeName("else") ? expression() : null;
      value = new Expression.Conditional(condition, value, otherwise);
    }
    depth--;
    return value;
  }

  /// An expression without a condition, for the items of a loop, where `if` begins its filter.
  Expression or() {
    Expression left = and();
    while (takeName("or")) {
      left = new Expression.Or(left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (takeName("and")) {
      left = new Expression.And(left, not());
    }
    return left;
  }

  private Expression not() {
    int negations = 0;
    while (takeName("not")) {
      negations++;
    }
    Expression value = comparison();
    // A thousand of them in a row need no more than one or two on the stack.
    for (int i = negations > 2 ? negations % 2 : negations; i > 0; i--) {
      value = new Expression.Not(value);
    }
    return value;
  }

  private Expression comparison() {
    Expression first = sum();
    List<String> operators = new ArrayList<>();
    List<Expression> others = new ArrayList<>();
    while (true) {
      if (peek().kind() == Token.Kind.OPERATOR && COMPARISONS.contains(peek().text())) {
        operators.add(take().text());
      } else if (takeName("in")) {
        operators.add("in");
      } else if (peek().isName("not") && tokens.get(at + 1).isName("in")) {
        at += 2;
        operators.add("not in");
      } else {
        break;
      }
      others.add(sum());
    }
    return operators.isEmpty() ? first : new Expression.Comparison(first, operators, others);
  }

  private Expression sum() {
    Expression left = concatenation();
    while (peek().isOperator("+") || peek().isOperator("-")) {
      left = new Expression.Binary(take().text(), left, concatenation());
    }
    return left;
  }

  private Expression concatenation() {
    Expression left = product();
    while (takeOperator("~")) {
      left = new Expression.Binary("~", left, product());
    }
    return left;
  }

  private Expression product() {
    Expression left = power();
    while (peek().isOperator("*")
        || peek().isOperator("/")
        || peek().isOperator("//")
        || peek().isOperator("%")) {
      left = new Expression.Binary(take().text(), left, power());
    }
    return left;
  }

  private Expression power() {
    Expression left = signed(true);
    while (takeOperator("**")) {
      left = new Expression.Binary("**", left, signed(true));
    }
    return left;
  }

  private Expression signed(boolean withFilters) {
    boolean negative = false;
    boolean sign = false;
    while (peek().isOperator("-") || peek().isOperator("+")) {
      negative ^= take().text().equals("-");
      sign = true;
    }
    Expression value = postfix(primary());
    if (sign) {
      value = new Expression.Sign(negative, value);
    }
    return withFilters ? filters(value) : value;
  }

  private Expression primary() {
    Token token = take();
    return switch (token.kind()) {
      case NAME -> name(token.text());
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (peek().kind() == Token.Kind.STRING) {
          text.append(take().text());
        }
        yield new Expression.Literal(text.toString());
      }
      case INTEGER -> new Expression.Literal(Arithmetic.integer(new BigInteger(token.text())));
      case FLOAT -> new Expression.Literal(Double.valueOf(token.text()));
      case OPERATOR -> bracket(token);
      case TEXT, OUTPUT_BEGIN, BLOCK_BEGIN, TAG_END, END -> {
        at = Math.max(0, at - 1);
        throw unexpected("an expression");
      }
    };
  }

  private static Expression name(String name) {
    return switch (name) {
      case "true", "True" -> new Expression.Literal(true);
      case "false", "False" -> new Expression.Literal(false);
      case "none", "None" -> new Expression.Literal(None.NONE);
      default -> new Expression.Name(name);
    };
  }

  private Expression bracket(Token open) {
    switch (open.text()) {
      case "(" -> {
        if (takeOperator(")")) {
          return new Expression.Sequence(List.of(), true);
        }
        Expression inner = tuple();
        expectOperator(")");
        return inner;
      }
      case "[" -> {
        List<Expression> items = new ArrayList<>();
        while (!takeOperator("]")) {
          items.add(expression());
          if (!peek().isOperator("]")) {
            expectOperator(",");
          }
        }
        return new Expression.Sequence(items, false);
      }
      case "{" -> {
        return dictionary();
      }
      default -> {
        at--;
        throw unexpected("an expression");
      }
    }
  }

  private Expression dictionary() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!takeOperator("}")) {
      keys.add(expression());
      expectOperator(":");
      values.add(expression());
      if (!peek().isOperator("}")) {
        expectOperator(",");
      }
    }
    return new Expression.Dictionary(keys, values);
  }

  private Expression postfix(Expression start) {
    Expression value = start;
    while (true) {
      if (takeOperator(".")) {
        value =
            peek().kind() == Token.Kind.INTEGER
                ? new Expression.Item(value, new Expression.Literal(Long.valueOf(take().text())))
                : new Expression.Attribute(value, expectName());
      } else if (takeOperator("[")) {
        value = subscript(value);
      } else if (takeOperator("(")) {
        value = new Expression.Call(value, arguments());
      } else {
        return value;
      }
    }
  }

  private Expression subscript(Expression object) {
    Expression from = peek().isOperator(":") ? null : expression();
    if (from != null && takeOperator("]")) {
      return new Expression.Item(object, from);
    }
    expectOperator(":");
    Expression to = sliceBound();
    Expression step = takeOperator(":") ? sliceBound() : null;
    expectOperator("]");
    return new Expression.Slice(object, from, to, step);
  }

  private @Nullable Expression sliceBound() {
    return peek().isOperator(":") || peek().isOperator("]") ? null : expression();
  }

  private Expression filters(Expression start) {
    Expression value = start;
    while (true) {
      if (takeOperator("|")) {
        String name = expectName();
        value = new Expression.Filter(value, name, optionalArguments());
      } else if (takeName("is")) {
        value = test(value);
      } else if (takeOperator("(")) {
        value = new Expression.Call(value, arguments());
      } else {
        return value;
      }
    }
  }

  Expression.CallArguments optionalArguments() {
    return takeOperator("(") ? arguments() : Expression.CallArguments.NONE;
  }

  private Expression test(Expression value) {
    boolean negated = takeName("not");
    String name = expectName();
    Expression.CallArguments arguments = Expression.CallArguments.NONE;
    if (takeOperator("(")) {
      arguments = arguments();
    } else if (argumentFollows()) {
      arguments = new Expression.CallArguments(List.of(postfix(primary())), Map.of());
    }
    Expression test = new Expression.Test(value, name, arguments);
    return negated ? new Expression.Not(test) : test;
  }

  private boolean argumentFollows() {
    Token token = peek();
    return switch (token.kind()) {
      case NAME -> !AFTER_TEST.contains(token.text());
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> token.text().equals("[") || token.text().equals("{");
      case TEXT, OUTPUT_BEGIN, BLOCK_BEGIN, TAG_END, END -> false;
    };
  }

  /// The arguments of a call whose opening bracket has been taken.
  Expression.CallArguments arguments() {
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!takeOperator(")")) {
      if (peek().kind() == Token.Kind.NAME && tokens.get(at + 1).isOperator("=")) {
        String name = take().text();
        at++;
        named.put(name, expression());
      } else {
        positional.add(expression());
      }
      if (!peek().isOperator(")")) {
        expectOperator(",");
      }
    }
    return new Expression.CallArguments(positional, named);
  }
}
