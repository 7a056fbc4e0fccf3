package fathom.evaluation.math;

import fathom.evaluation.math.MathForm.Based;
import fathom.evaluation.math.MathForm.Collection;
import fathom.evaluation.math.MathForm.Grid;
import fathom.evaluation.math.MathForm.Percent;
import fathom.evaluation.math.MathForm.Relation;
import fathom.evaluation.math.MathForm.Scalar;
import fathom.evaluation.math.MathForm.Sequence;
import fathom.evaluation.math.MathForm.Union;
import fathom.evaluation.math.MathForm.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads a cleaned answer as a [MathForm]. Whatever is no mathematics is [Words].
final class MathFormParser {
  private static final int DEEPEST = 12;
  private static final Pattern THOUSANDS =
      Pattern.compile("(?<![\\d.,])\\d{1,3}(?:, ?\\d{3})+(?![\\d,])");
  private static final Pattern TIGHT_THOUSANDS =
      Pattern.compile("(?<![\\d.,])\\d{1,3}(?:,\\d{3})+(?![\\d,])");
  private static final Pattern MEMBERSHIP = Pattern.compile("^[a-zA-Z]\\s*\\\\in(?![a-zA-Z])");
  private static final Pattern BASED =
      Pattern.compile("([0-9A-F]+)\\s*_\\s*\\{?\\s*(\\d{1,2})\\s*\\}?");
  private static final Pattern MATRIX =
      Pattern.compile("\\\\begin\\{([pb]?)matrix\\}(.*)\\\\end\\{\\1matrix\\}", Pattern.DOTALL);
  private static final Pattern TEXT_UNIT =
      Pattern.compile(
          "(.*[^\\s])\\s*\\\\text\\s*\\{\\s*([^{}]*?)\\s*\\}\\s*(\\^\\s*\\{?\\s*\\d\\s*\\}?)?");
  private static final Pattern WORD_UNIT =
      Pattern.compile(
          "([^a-zA-Z\\\\]*\\d[^a-zA-Z\\\\]*?)\\s*([a-zA-Z][a-zA-Z. /]*)(\\^\\{?\\d\\}?)?");
  private static final Pattern PLAIN_WORDS = Pattern.compile("[a-zA-Z][a-zA-Z' .-]*");
  private static final Pattern CHOICE = Pattern.compile("\\(?\\s*([A-Z])\\s*\\)?");

  private int depth;

  private MathFormParser() {}

  /// Reads the text; never fails.
  static MathForm parse(String cleaned) {
    try {
      return new MathFormParser().form(joinThousands(cleaned));
    } catch (UnreadableMathException notMathematics) {
      return new Words(LatexText.squeezed(cleaned));
    }
  }

  /// "58,500" alone is one number; "(1,200)" is a pair, and "1, 200" a list.
  private static String joinThousands(String text) {
    boolean bracketed = text.startsWith("(") || text.startsWith("[") || text.startsWith("\\{");
    if (bracketed) {
      return text;
    }
    Matcher whole = THOUSANDS.matcher(text);
    boolean several = text.replace(" ", "").matches("\\d{1,3}(?:,\\d{3}){2,}");
    Matcher matcher = several ? whole : TIGHT_THOUSANDS.matcher(text);
    return matcher.replaceAll(found -> found.group().replaceAll("[, ]", ""));
  }

  private MathForm form(String written) {
    if (++depth > DEEPEST) {
      throw new UnreadableMathException("nested deeper than " + DEEPEST);
    }
    String text = MEMBERSHIP.matcher(written.strip()).replaceFirst("").strip();
    MathForm form = structure(text);
    depth--;
    return form;
  }

  private MathForm structure(String text) {
    Matcher choice = CHOICE.matcher(text);
    if (choice.matches()) {
      return new Words(choice.group(1));
    }
    List<String> united = Brackets.split(text, "\\cup");
    if (united.size() > 1) {
      return new Union(united.stream().map(this::form).toList());
    }
    List<String> listed = listed(text);
    if (listed.size() > 1) {
      return collection(listed);
    }
    Matcher matrix = MATRIX.matcher(text);
    if (matrix.matches()) {
      return grid(matrix.group(2));
    }
    MathForm bracketed = bracketed(text);
    if (bracketed != null) {
      return bracketed;
    }
    MathForm relation = relation(text);
    return relation != null ? relation : single(text);
  }

  private static List<String> listed(String text) {
    String commas =
        text.replaceAll("\\\\text\\s*\\{\\s*,?\\s*(?:and|or)\\s*\\}|,?\\s+(?:and|or)\\s+", ",");
    List<String> parts = new ArrayList<>();
    for (String part : Brackets.split(commas, ",")) {
      parts.addAll(Brackets.split(part, ";"));
    }
    return parts;
  }

  private Collection collection(List<String> parts) {
    List<MathForm> items = new ArrayList<>();
    for (String part : parts) {
      if (part.isEmpty()) {
        throw new UnreadableMathException("empty part between commas");
      }
      MathForm item = form(part);
      if (item instanceof Collection(List<MathForm> inner)) {
        items.addAll(inner);
      } else {
        items.add(item);
      }
    }
    return new Collection(items);
  }

  private Grid grid(String inside) {
    List<List<MathForm>> rows = new ArrayList<>();
    for (String row : Brackets.split(inside, "\\\\")) {
      if (!row.isBlank()) {
        rows.add(Brackets.split(row, "&").stream().map(this::form).toList());
      }
    }
    return new Grid(rows);
  }

  /// A set, tuple or interval; null where the brackets only group a formula.
  private @Nullable MathForm bracketed(String text) {
    if (text.startsWith("\\{") && text.endsWith("\\}")) {
      String inside = text.substring(2, text.length() - 2).strip();
      return inside.isEmpty() ? new Collection(List.of()) : collection(Brackets.split(inside, ","));
    }
    boolean plain = text.length() > 2 && "([{".indexOf(text.charAt(0)) >= 0;
    if (!plain || !Brackets.encloses(text)) {
      return null;
    }
    char open = text.charAt(0);
    char close = text.charAt(text.length() - 1);
    List<String> parts = Brackets.split(text.substring(1, text.length() - 1), ",");
    if (parts.size() < 2) {
      return null;
    }
    if (open == '{') {
      return collection(parts);
    }
    return new Sequence(open, close, parts.stream().map(this::form).toList());
  }

  private static @Nullable MathForm relation(String text) {
    String[][] operators = {
      {"\\le", "\u2264"},
      {"<=", "\u2264"},
      {"\\ge", "\u2265"},
      {">=", "\u2265"},
      {"\\neq", "\u2260"},
      {"\\ne", "\u2260"},
      {"<", "<"},
      {">", ">"},
      {"=", "="}
    };
    for (String[] operator : operators) {
      List<String> sides = Brackets.split(text, operator[0]);
      if (sides.size() == 2 && !sides.get(0).isEmpty() && !sides.get(1).isEmpty()) {
        Expression left = ExpressionParser.parse(sides.get(0));
        Expression right = ExpressionParser.parse(stripUnit(sides.get(1)));
        return switch (operator[1]) {
          case ">" -> new Relation("<", right, left);
          case "\u2265" -> new Relation("\u2264", right, left);
          default -> new Relation(operator[1], left, right);
        };
      }
    }
    return null;
  }

  private MathForm single(String text) {
    Matcher based = BASED.matcher(text);
    if (based.matches()) {
      return new Based(
          based.group(1).replaceFirst("^0+(?=.)", ""), Integer.parseInt(based.group(2)));
    }
    if (text.endsWith("%")) {
      return new Percent(ExpressionParser.parse(text.substring(0, text.length() - 1).strip()));
    }
    int sign = text.indexOf("\\pm");
    if (sign >= 0 && !text.startsWith("\\pmatrix", sign) && text.indexOf("\\pm", sign + 1) < 0) {
      String before = text.substring(0, sign);
      String after = text.substring(sign + "\\pm".length());
      return collection(List.of(before + "+" + after, before + "-" + after));
    }
    Matcher textUnit = TEXT_UNIT.matcher(text);
    if (textUnit.matches()) {
      String unit = textUnit.group(2) + (textUnit.group(3) == null ? "" : "^");
      return new Scalar(ExpressionParser.parse(textUnit.group(1)), unit);
    }
    Matcher wordUnit = WORD_UNIT.matcher(text);
    if (wordUnit.matches() && Units.isUnit(wordUnit.group(2))) {
      return new Scalar(ExpressionParser.parse(wordUnit.group(1)), wordUnit.group(2));
    }
    if (PLAIN_WORDS.matcher(text).matches() && hasWord(text)) {
      return new Words(LatexText.squeezed(text));
    }
    return new Scalar(ExpressionParser.parse(text), "");
  }

  private static String stripUnit(String text) {
    Matcher unit = TEXT_UNIT.matcher(text);
    return unit.matches() ? unit.group(1) : text;
  }

  /// Four letters in a row that are no function's name make a word: "east", but not "xyz".
  private static boolean hasWord(String text) {
    for (String run : text.split("[^a-zA-Z]+", -1)) {
      if (run.length() >= 4 && !run.equals("sqrt") && !Expression.FUNCTIONS.contains(run)) {
        return true;
      }
    }
    return false;
  }
}
