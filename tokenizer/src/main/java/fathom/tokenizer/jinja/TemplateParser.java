package fathom.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads statements.
final class TemplateParser {
  private static final int DEEPEST = 60;
  private static final int MOST_BRANCHES = 2_000;

  private final ExpressionParser tokens;
  private int depth;
  private int branches;

  private TemplateParser(List<Token> tokens) {
    this.tokens = new ExpressionParser(tokens);
  }

  static List<Statement> parse(String template) {
    TemplateParser parser = new TemplateParser(Lexer.tokens(template));
    List<Statement> statements = parser.until(Set.of());
    if (parser.tokens.peek().kind() != Token.Kind.END) {
      throw parser.tokens.unexpected("the end of the template");
    }
    return statements;
  }

  /// Statements up to a block whose name is one of `ends`; that name is the next token then.
  private List<Statement> until(Set<String> ends) {
    if (++depth > DEEPEST) {
      throw new JinjaException("blocks are nested deeper than " + DEEPEST).at(tokens.peek().line());
    }
    List<Statement> statements = new ArrayList<>();
    while (tokens.peek().kind() != Token.Kind.END) {
      Token token = tokens.take();
      switch (token.kind()) {
        case TEXT -> statements.add(new Statement.Text(token.text(), token.line()));
        case OUTPUT_BEGIN -> {
          statements.add(new Statement.Output(tokens.tuple(), token.line()));
          tokens.expectTagEnd();
        }
        case BLOCK_BEGIN -> {
          if (ends.contains(tokens.peek().text())) {
            depth--;
            return statements;
          }
          statements.add(block(token.line()));
        }
        case TAG_END, NAME, STRING, INTEGER, FLOAT, OPERATOR, END ->
            throw new IllegalStateException("a lexer's word outside of a tag: " + token);
      }
    }
    if (!ends.isEmpty()) {
      throw tokens.unexpected("{% " + String.join(" or ", ends) + " %}");
    }
    depth--;
    return statements;
  }

  private Statement block(int line) {
    String name = tokens.expectName();
    return switch (name) {
      case "if" -> ifBlock(line);
      case "for" -> forBlock(line);
      case "set" -> setBlock(line);
      case "macro" -> macroBlock(line);
      case "call" -> callBlock(line);
      case "filter" -> filterBlock(line);
      case "with" -> withBlock(line);
      case "generation" -> {
        tokens.expectTagEnd();
        yield new Statement.Block(body("endgeneration"), line);
      }
      case "break" -> {
        tokens.expectTagEnd();
        yield new Statement.Break(line);
      }
      case "continue" -> {
        tokens.expectTagEnd();
        yield new Statement.Continue(line);
      }
      default -> throw new JinjaException("unknown block '" + name + "'").at(line);
    };
  }

  /// Statements up to the block `end`, which is taken.
  private List<Statement> body(String end) {
    List<Statement> statements = until(Set.of(end));
    tokens.take();
    if (tokens.peek().kind() == Token.Kind.NAME) {
      // {% endmacro name %}
      tokens.take();
    }
    tokens.expectTagEnd();
    return statements;
  }

  private Statement ifBlock(int line) {
    if (++branches > MOST_BRANCHES) {
      throw new JinjaException("more than " + MOST_BRANCHES + " branches").at(line);
    }
    Expression condition = tokens.tuple();
    tokens.expectTagEnd();
    List<Statement> body = until(Set.of("elif", "else", "endif"));
    Token end = tokens.take();
    List<Statement> otherwise =
        switch (end.text()) {
          case "elif" -> List.of(ifBlock(end.line()));
          case "else" -> {
            tokens.expectTagEnd();
            yield body("endif");
          }
          default -> {
            tokens.expectTagEnd();
            yield List.of();
          }
        };
    return new Statement.If(condition, body, otherwise, line);
  }

  private Statement forBlock(int line) {
    List<String> targets = targets();
    if (!tokens.takeName("in")) {
      throw tokens.unexpected("'in'");
    }
    Expression items = tokens.or();
    Expression filter = tokens.takeName("if") ? tokens.expression() : null;
    if (tokens.peek().isName("recursive")) {
      throw new JinjaException("recursive loops are not supported").at(line);
    }
    tokens.expectTagEnd();
    List<Statement> body = until(Set.of("else", "endfor"));
    boolean hasElse = tokens.take().text().equals("else");
    tokens.expectTagEnd();
    List<Statement> otherwise = hasElse ? body("endfor") : List.of();
    return new Statement.For(targets, items, filter, body, otherwise, line);
  }

  private List<String> targets() {
    boolean bracket = tokens.takeOperator("(");
    List<String> targets = new ArrayList<>();
    do {
      targets.add(tokens.expectName());
    } while (tokens.takeOperator(","));
    if (bracket) {
      tokens.expectOperator(")");
    }
    return targets;
  }

  private Statement setBlock(int line) {
    List<String> targets = targets();
    String attribute = "";
    if (tokens.takeOperator(".")) {
      attribute = tokens.expectName();
    }
    if (tokens.takeOperator("=")) {
      Expression value = tokens.tuple();
      tokens.expectTagEnd();
      return new Statement.Assign(targets, attribute, value, line);
    }
    @Nullable String filter = tokens.takeOperator("|") ? tokens.expectName() : null;
    Expression.CallArguments arguments =
        filter == null ? Expression.CallArguments.NONE : tokens.optionalArguments();
    tokens.expectTagEnd();
    List<Statement> body = body("endset");
    if (filter != null) {
      body = List.of(new Statement.FilterBlock(filter, arguments, body, line));
    }
    return new Statement.Capture(targets.getFirst(), body, line);
  }

  private Statement macroBlock(int line) {
    String name = tokens.expectName();
    tokens.expectOperator("(");
    List<Expression> defaults = new ArrayList<>();
    List<String> parameters = parameters(defaults);
    tokens.expectTagEnd();
    return new Statement.Macro(name, parameters, defaults, body("endmacro"), line);
  }

  /// Parameters up to the closing bracket; their defaults are added to `defaults`.
  private List<String> parameters(List<Expression> defaults) {
    List<String> parameters = new ArrayList<>();
    while (!tokens.takeOperator(")")) {
      parameters.add(tokens.expectName());
      if (tokens.takeOperator("=")) {
        defaults.add(tokens.expression());
      } else if (!defaults.isEmpty()) {
        throw tokens.unexpected("a default, as for the parameter before");
      }
      if (!tokens.peek().isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return parameters;
  }

  private Statement callBlock(int line) {
    List<String> parameters = tokens.takeOperator("(") ? parameters(new ArrayList<>()) : List.of();
    if (!(tokens.expression() instanceof Expression.Call call)) {
      throw new JinjaException("expected a call in {% call %}").at(line);
    }
    tokens.expectTagEnd();
    return new Statement.CallBlock(parameters, call, body("endcall"), line);
  }

  private Statement filterBlock(int line) {
    String name = tokens.expectName();
    Expression.CallArguments arguments = tokens.optionalArguments();
    tokens.expectTagEnd();
    return new Statement.FilterBlock(name, arguments, body("endfilter"), line);
  }

  private Statement withBlock(int line) {
    List<Statement> body = new ArrayList<>();
    while (tokens.peek().kind() == Token.Kind.NAME) {
      String target = tokens.expectName();
      tokens.expectOperator("=");
      body.add(new Statement.Assign(List.of(target), "", tokens.expression(), line));
      if (!tokens.takeOperator(",")) {
        break;
      }
    }
    tokens.expectTagEnd();
    body.addAll(body("endwith"));
    return new Statement.Block(body, line);
  }
}
