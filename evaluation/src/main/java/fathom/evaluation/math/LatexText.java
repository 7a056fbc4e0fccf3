package fathom.evaluation.math;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Takes from a written answer what is only typesetting: dollars around it, spacing commands,
/// `\left` and `\right`, variants of the same command, degrees, Unicode signs.
final class LatexText {
  private static final Pattern SPACING =
      Pattern.compile(
          "(?<!\\\\)\\\\(?:[,;:! ]|(?:quad|qquad|displaystyle|limits|left|right|[bB]igg?[lr]?)(?![a-zA-Z]))");
  private static final Pattern DEGREES =
      Pattern.compile("\\^\\s*\\{?\\s*\\\\circ\\s*\\}?|\\\\degrees?|\\s+degrees?\\b|°");
  private static final Pattern FONT =
      Pattern.compile(
          "\\\\(?:mathrm|mathbf|mathit|textbf|textit|operatorname|mbox|textrm|hbox)\\s*\\{");
  private static final Pattern THOUSANDS_MARK =
      Pattern.compile("(?<=\\d)(?:,\\\\!\\s*|\\{,\\}\\s*)(?=\\d)");
  private static final Pattern ALL_TEXT = Pattern.compile("\\\\text\\s*\\{([^{}]*)\\}\\.?");
  private static final String[][] SIGNS = {
    {"\\dfrac", "\\frac"},
    {"\\tfrac", "\\frac"},
    {"\\cfrac", "\\frac"},
    {"\\leq", "\\le"},
    {"\\geq", "\\ge"},
    {"\\lt", "<"},
    {"\\gt", ">"},
    {"\\%", "%"},
    {"\\$", ""},
    {"$", ""},
    {"\u2212", "-"},
    {"\u2013", "-"},
    {"\u00d7", "*"},
    {"\u00b7", "*"},
    {"\u00f7", "/"},
    {"\u03c0", "\\pi "},
    {"\u221e", "\\infty "},
    {"\u222a", "\\cup "},
    {"\u2264", "\\le "},
    {"\u2265", "\\ge "},
    {"\u221a", "\\sqrt "},
    {"\u00b1", "\\pm "},
    {"\u2208", "\\in "},
    {"\u00b2", "^2"},
    {"\u00b3", "^3"},
    {"\u20ac", ""},
    {"\u00a3", ""},
    {"~", " "},
    {"\t", " "},
    {"\n", " "},
    {"\r", " "},
    {"\u00a0", " "},
    {"\\(", ""},
    {"\\)", ""},
    {"\\lbrace", "\\{"},
    {"\\rbrace", "\\}"}
  };

  private LatexText() {}

  /// The answer without its typesetting.
  static String clean(String written) {
    String text = THOUSANDS_MARK.matcher(written.strip()).replaceAll("");
    if (text.startsWith("\\[") && text.endsWith("\\]")) {
      text = text.substring(2, text.length() - 2);
    }
    for (String[] sign : SIGNS) {
      text = text.replace(sign[0], sign[1]);
    }
    text = SPACING.matcher(text).replaceAll(" ");
    text = DEGREES.matcher(text).replaceAll("");
    text = FONT.matcher(text).replaceAll("\\\\text{");
    text = text.strip();
    if (text.endsWith(".") || text.endsWith(",")) {
      text = text.substring(0, text.length() - 1).strip();
    }
    Matcher all = ALL_TEXT.matcher(text);
    return all.matches() ? all.group(1).strip() : text;
  }

  /// What remains of a text when letter case, white space and braces do not count.
  static String squeezed(String text) {
    return text.replaceAll("\\\\text\\s*\\{([^{}]*)\\}", "$1")
        .replaceAll("[\\s{}]", "")
        .toLowerCase(Locale.ROOT);
  }
}
