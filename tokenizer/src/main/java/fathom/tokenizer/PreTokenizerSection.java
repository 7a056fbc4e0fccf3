package fathom.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Builds a [PreTokenizer] from the section `pre_tokenizer` of a `tokenizer.json`.
final class PreTokenizerSection {
  private final String file;
  private final List<Splitter> splitters = new ArrayList<>();

  /// The expressions met so far, as long as all of them isolate their matches; then a known scanner
  /// may fit.
  private final List<String> isolated = new ArrayList<>();

  private boolean plain = true;
  private boolean byteLevel;

  private PreTokenizerSection(String file) {
    this.file = file;
  }

  static PreTokenizer read(String file, Object section) {
    PreTokenizerSection reader = new PreTokenizerSection(file);
    Map<String, Object> object = reader.object(section, "pre_tokenizer");
    reader.step(object);
    if (!reader.byteLevel) {
      throw reader.malformed("pre_tokenizer", "a ByteLevel step", "none");
    }
    Splitter splitter =
        reader.plain
            ? KnownPreTokenizer.splitter(reader.isolated)
            : new Splitter.InSequence(reader.splitters);
    return new PreTokenizer(splitter, object);
  }

  private void step(Map<String, Object> step) {
    Object type = step.getOrDefault("type", "");
    switch (type.toString()) {
      case "Sequence" -> {
        if (!(step.get("pretokenizers") instanceof List<?> steps)) {
          throw malformed("pre_tokenizer.pretokenizers", "a list", found(step, "pretokenizers"));
        }
        for (Object inner : steps) {
          step(object(inner, "pre_tokenizer.pretokenizers"));
        }
      }
      case "Split" -> split(step);
      case "Digits" -> {
        plain = false;
        splitters.add(new DigitSplitter(flag(step, "individual_digits", false)));
      }
      case "ByteLevel" -> byteLevel(step);
      default ->
          throw malformed(
              "pre_tokenizer.type", "Sequence, Split, Digits or ByteLevel", type.toString());
    }
  }

  private void byteLevel(Map<String, Object> step) {
    byteLevel = true;
    if (flag(step, "add_prefix_space", true)) {
      throw malformed("pre_tokenizer.add_prefix_space", "false", "true");
    }
    if (flag(step, "use_regex", true)) {
      String expression = KnownPreTokenizer.GPT2.expressions().getFirst();
      isolated.add(expression);
      splitters.add(RegexSplitter.isolated(expression));
    }
  }

  private void split(Map<String, Object> step) {
    Map<String, Object> pattern = object(step.getOrDefault("pattern", ""), "pre_tokenizer.pattern");
    RegexSplitter.Behavior behavior = behavior(step);
    boolean invert = flag(step, "invert", false);
    if (pattern.get("String") instanceof String literal && !literal.isEmpty()) {
      plain = false;
      splitters.add(new RegexSplitter(Pattern.compile(Pattern.quote(literal)), behavior, invert));
    } else if (pattern.get("Regex") instanceof String expression && !expression.isEmpty()) {
      splitters.add(regex(expression, behavior, invert));
    } else {
      throw malformed("pre_tokenizer.pattern", "a Regex or a String", pattern.toString());
    }
  }

  private Splitter regex(String expression, RegexSplitter.Behavior behavior, boolean invert) {
    boolean isolating = behavior == RegexSplitter.Behavior.ISOLATED;
    if (isolating) {
      // Which side is the match makes no difference to where the cuts are.
      isolated.add(expression);
    } else {
      plain = false;
    }
    if (isolating && expression.equals(KnownPreTokenizer.TRAILING_SPACE)) {
      return new TrailingSpaceSplitter();
    }
    try {
      return new RegexSplitter(RegexSplitter.compile(expression), behavior, invert);
    } catch (PatternSyntaxException e) {
      throw malformed("pre_tokenizer.pattern.Regex", "a regular expression", expression);
    }
  }

  private RegexSplitter.Behavior behavior(Map<String, Object> step) {
    String name = step.getOrDefault("behavior", "").toString();
    // The file says MergedWithPrevious where the constant is MERGED_WITH_PREVIOUS.
    String constant = name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
    for (RegexSplitter.Behavior behavior : RegexSplitter.Behavior.values()) {
      if (behavior.name().equals(constant)) {
        return behavior;
      }
    }
    throw malformed(
        "pre_tokenizer.behavior",
        "Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous",
        name);
  }

  private boolean flag(Map<String, Object> step, String name, boolean otherwise) {
    Object value = step.getOrDefault(name, JsonNull.NULL);
    if (value == JsonNull.NULL) {
      return otherwise;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw malformed("pre_tokenizer." + name, "true or false", value.toString());
  }

  @SuppressWarnings("unchecked")
  private Map<String, Object> object(Object value, String place) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw malformed(place, "an object", value == JsonNull.NULL ? "null" : value.toString());
  }

  private static String found(Map<String, Object> step, String name) {
    Object value = step.get(name);
    return value == null ? "nothing" : value.toString();
  }

  private MalformedTokenizerException malformed(String place, String expected, String found) {
    return new MalformedTokenizerException(file, place, expected, found);
  }
}
