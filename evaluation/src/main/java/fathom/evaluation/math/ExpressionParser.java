package fathom.evaluation.math;

import fathom.evaluation.math.Expression.Call;
import fathom.evaluation.math.Expression.Constant;
import fathom.evaluation.math.Expression.Negation;
import fathom.evaluation.math.Expression.Power;
import fathom.evaluation.math.Expression.Product;
import fathom.evaluation.math.Expression.Quotient;
import fathom.evaluation.math.Expression.Root;
import fathom.evaluation.math.Expression.Sum;
import fathom.evaluation.math.Expression.Symbol;

/// Reads one formula, written in LaTeX or plainly, from text that [LatexText] has cleaned. By
/// recursive descent over the characters, with limits on depth and on size.
final class ExpressionParser {
  private static final int DEEPEST = 60;
  private static final int MOST_NODES = 400;
  private static final int MOST_DIGITS = 2_000;
  private static final String GREEK =
      " alpha beta gamma delta epsilon theta lambda mu nu xi rho sigma tau phi varphi psi omega ";

  private final String text;
  private int at;
  private int depth;
  private int nodes;

  private ExpressionParser(String text) {
    this.text = text;
  }

  /// Reads the whole text as one formula.
  ///
  /// @throws UnreadableMathException if it is none, or too deep or too long
  static Expression parse(String text) {
    ExpressionParser parser = new ExpressionParser(text);
    Expression expression = parser.sum();
    parser.skipSpace();
    if (parser.at < text.length()) {
      throw parser.unreadable("unexpected '" + text.charAt(parser.at) + "'");
    }
    return expression;
  }

  private Expression sum() {
    Expression left = product();
    while (true) {
      if (take("+")) {
        left = counted(new Sum(left, product()));
      } else if (take("-")) {
        left = counted(new Sum(left, new Negation(product())));
      } else {
        return left;
      }
    }
  }

  private Expression product() {
    Expression left = signed();
    while (true) {
      if (take("**")) {
        throw unreadable("power without base");
      }
      if (take("*") || take("\\cdot") || take("\\times")) {
        left = counted(new Product(left, signed()));
      } else if (take("/") || take("\\div")) {
        left = counted(new Quotient(left, signed()));
      } else if (startsPrimary()) {
        left = adjacent(left);
      } else {
        return left;
      }
    }
  }

  /// Two factors side by side: a mixed number ("1 4/5", "1\frac45") or a product.
  private Expression adjacent(Expression left) {
    boolean wholeBefore = left instanceof Constant(Rational value) && value.isInteger();
    if (Character.isDigit(peek())) {
      if (!(left instanceof Constant)) {
        return counted(new Product(left, power()));
      }
      Expression numerator = number();
      if (wholeBefore && take("/") && number() instanceof Constant denominator) {
        return counted(new Sum(left, new Quotient(numerator, denominator)));
      }
      throw unreadable("two numbers side by side");
    }
    boolean fraction = wholeBefore && text.startsWith("\\frac", at);
    Expression right = power();
    boolean mixed =
        fraction
            && right instanceof Quotient(Constant(Rational n), Constant(Rational d))
            && n.isInteger()
            && d.isInteger();
    return counted(mixed ? new Sum(left, right) : new Product(left, right));
  }

  private Expression signed() {
    boolean negative = false;
    while (true) {
      if (take("-")) {
        negative = !negative;
      } else if (!take("+")) {
        break;
      }
    }
    Expression value = power();
    return negative ? counted(new Negation(value)) : value;
  }

  private Expression power() {
    Expression base = postfix(primary());
    if (take("**") || take("^")) {
      Expression exponent = signed(); // right associative, as everywhere
      return counted(new Power(base, postfix(exponent)));
    }
    return base;
  }

  private Expression postfix(Expression value) {
    Expression result = value;
    while (take("!")) {
      result = counted(new Call("factorial", result));
    }
    return result;
  }

  private Expression primary() {
    if (++depth > DEEPEST) {
      throw unreadable("nested deeper than " + DEEPEST);
    }
    Expression primary = unguardedPrimary();
    depth--;
    return primary;
  }

  private Expression unguardedPrimary() {
    skipSpace();
    char c = peek();
    if (Character.isDigit(c) || c == '.') {
      return number();
    }
    if (c == '(' || c == '{' || c == '[') {
      return group(c);
    }
    if (c == '|') {
      at++;
      Expression inside = sum();
      expect('|');
      return counted(new Call("abs", inside));
    }
    if (c == '\\') {
      return command();
    }
    if (isLetter(c)) {
      return word();
    }
    throw unreadable("expected a number, a symbol or a group");
  }

  private Expression group(char open) {
    at++;
    Expression inside = sum();
    expect(open == '(' ? ')' : open == '[' ? ']' : '}');
    return inside;
  }

  private Expression number() {
    skipSpace();
    int start = at;
    boolean point = false;
    while (at < text.length() && (isDigit(peek()) || (peek() == '.' && !point))) {
      point |= peek() == '.';
      at++;
    }
    String digits = text.substring(start, at);
    if (digits.length() > MOST_DIGITS || !digits.chars().anyMatch(ExpressionParser::isDigit)) {
      throw unreadable("no number of at most " + MOST_DIGITS + " digits");
    }
    return counted(new Constant(Rational.parse(digits, decimalExponent())));
  }

  /// The exponent of "1.5e-3"; a lone e stays Euler's number.
  private int decimalExponent() {
    if (at >= text.length() || (peek() != 'e' && peek() != 'E')) {
      return 0;
    }
    int end = at + 1;
    if (end < text.length() && (text.charAt(end) == '-' || text.charAt(end) == '+')) {
      end++;
    }
    int digits = end;
    while (end < text.length() && isDigit(text.charAt(end)) && end - digits < 3) {
      end++;
    }
    boolean more = end < text.length() && isDigit(text.charAt(end));
    if (end == digits || more) {
      return 0;
    }
    int exponent = Integer.parseInt(text, at + 1, end, 10);
    at = end;
    return exponent;
  }

  private Expression command() {
    int start = ++at;
    while (at < text.length() && isLetter(peek())) {
      at++;
    }
    String name = text.substring(start, at);
    if (name.equals("frac")) {
      Expression numerator = argument();
      return counted(new Quotient(numerator, argument()));
    }
    if (name.equals("sqrt")) {
      return root();
    }
    if (Expression.FUNCTIONS.contains(name)) {
      return function(name);
    }
    if (name.equals("pi") || name.equals("infty") || GREEK.contains(" " + name + " ")) {
      return counted(new Symbol(subscripted(name)));
    }
    throw unreadable("unknown command \\" + name);
  }

  /// A plain word: a function, a constant, or a product of one-letter symbols.
  private Expression word() {
    int end = at;
    while (end < text.length() && isLetter(text.charAt(end))) {
      end++;
    }
    String word = text.substring(at, end);
    for (String name : new String[] {"sqrt", "infinity", "infty", "pi"}) {
      if (word.startsWith(name)) {
        at += name.length();
        return name.equals("sqrt")
            ? root()
            : counted(new Symbol(name.startsWith("inf") ? "infty" : name));
      }
    }
    for (String name : Expression.FUNCTIONS) {
      if (word.equals(name)) {
        at = end;
        return function(name);
      }
    }
    at++;
    return counted(new Symbol(subscripted(word.substring(0, 1))));
  }

  private String subscripted(String name) {
    if (at < text.length() && peek() == '_') {
      int start = at++;
      if (at < text.length() && peek() == '{') {
        at = text.indexOf('}', at) + 1;
        if (at == 0) {
          throw unreadable("open subscript");
        }
      } else {
        at++;
      }
      at = Math.min(at, text.length());
      return name + text.substring(start, at).replaceAll("[{}\\s]", "");
    }
    return name;
  }

  private Expression root() {
    int degree = 2;
    if (take("[")) {
      degree = sum().exact().intValue();
      expect(']');
      if (degree < 2 || degree > 100) {
        throw unreadable("root of degree " + degree);
      }
    }
    skipSpace();
    Expression radicand = isDigit(peek()) ? number() : argument();
    return counted(new Root(degree, radicand));
  }

  private Expression function(String name) {
    Expression power = take("^") ? argument() : null;
    Expression base = name.equals("log") && take("_") ? argument() : null;
    skipSpace();
    char c = peek();
    Expression argument = c == '(' || c == '{' || c == '[' ? group(c) : bareArgument();
    Expression value = new Call(base == null ? name : "ln", argument);
    if (base != null) {
      value = new Quotient(value, new Call("ln", base));
    }
    return counted(power == null ? value : new Power(value, power));
  }

  /// "sin 2x" takes the whole product of numbers and symbols that follows.
  private Expression bareArgument() {
    Expression argument = power();
    while (true) {
      skipSpace();
      boolean symbol = isLetter(peek()) || text.startsWith("\\pi", at);
      if (!symbol) {
        return argument;
      }
      argument = counted(new Product(argument, power()));
    }
  }

  /// What TeX takes as one argument: a group, a command, or a single character.
  private Expression argument() {
    skipSpace();
    char c = peek();
    if (c == '{' || c == '(') {
      return group(c);
    }
    if (isDigit(c)) {
      at++;
      return counted(new Constant(Rational.of(c - '0')));
    }
    return primary();
  }

  private boolean startsPrimary() {
    skipSpace();
    char c = peek();
    if (c == '\\') {
      return !text.startsWith("\\cdot", at)
          && !text.startsWith("\\times", at)
          && !text.startsWith("\\div", at);
    }
    return isDigit(c) || c == '.' || c == '(' || c == '{' || c == '[' || isLetter(c);
  }

  private boolean take(String token) {
    skipSpace();
    if (!text.startsWith(token, at)) {
      return false;
    }
    int end = at + token.length();
    if (token.charAt(0) == '\\' && end < text.length() && isLetter(text.charAt(end))) {
      return false;
    }
    boolean starStar = token.equals("*") && text.startsWith("**", at);
    if (starStar) {
      return false;
    }
    at = end;
    return true;
  }

  private void expect(char c) {
    skipSpace();
    if (peek() != c) {
      throw unreadable("expected '" + c + "'");
    }
    at++;
  }

  private <E extends Expression> E counted(E expression) {
    if (++nodes > MOST_NODES) {
      throw unreadable("more than " + MOST_NODES + " operations");
    }
    return expression;
  }

  private void skipSpace() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  /// The character at hand, or NUL at the end.
  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLetter(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private UnreadableMathException unreadable(String reason) {
    return new UnreadableMathException("position " + at + ": " + reason);
  }
}
