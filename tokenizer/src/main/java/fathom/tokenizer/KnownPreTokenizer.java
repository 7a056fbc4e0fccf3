package fathom.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The pre-tokenizers that the supported models come with, by the name that GGUF files call them
/// (`tokenizer.ggml.pre`), with the expressions of their `tokenizer.json`.
@SuppressWarnings("ImmutableEnumChecker") // the lists are made by List.of
enum KnownPreTokenizer {
  DEEPSEEK_V3(
      List.of("deepseek-v3"),
      "\\p{N}{1,3}",
      "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
      Expressions.DEEPSEEK_WORDS),
  DEEPSEEK_LLM(
      List.of("deepseek-llm"),
      "[\r\n]",
      "\\s?[" + Expressions.CASED_LETTERS + "]+",
      "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+",
      "\\s+$",
      "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+",
      "\\p{N}"),
  DEEPSEEK_CODER(
      List.of("deepseek-coder"),
      "[\r\n]",
      "\\s?\\p{L}+",
      "\\s?\\p{P}+",
      "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+",
      "\\p{N}"),
  QWEN2(
      List.of("qwen2", "deepseek-r1-qwen"),
      Expressions.CONTRACTIONS_AND_WORDS + "|\\p{N}|" + Expressions.PUNCTUATION_AND_SPACE),
  LLAMA3(
      List.of("llama-bpe", "llama3", "llama-v3"),
      Expressions.CONTRACTIONS_AND_WORDS + "|\\p{N}{1,3}|" + Expressions.PUNCTUATION_AND_SPACE),
  GPT2(List.of("gpt-2", "default"), Expressions.GPT2);

  static final String TRAILING_SPACE = "\\s+$";

  /// The one-digit variant of DeepSeek-V3's rule without Han and kana, which small models are
  /// trained with.
  private static final List<String> DEEPSEEK_SINGLE_DIGITS =
      List.of("\\p{N}", Expressions.DEEPSEEK_WORDS);

  private final List<String> names;
  private final List<String> expressions;

  KnownPreTokenizer(List<String> names, String... expressions) {
    this.names = names;
    this.expressions = List.of(expressions);
  }

  /// The name for GGUF files.
  String ggufName() {
    return names.getFirst();
  }

  List<String> expressions() {
    return expressions;
  }

  static Optional<KnownPreTokenizer> named(String name) {
    for (KnownPreTokenizer known : values()) {
      if (known.names.contains(name)) {
        return Optional.of(known);
      }
    }
    return Optional.empty();
  }

  static Optional<KnownPreTokenizer> withExpressions(List<String> expressions) {
    for (KnownPreTokenizer known : values()) {
      if (known.expressions.equals(expressions)) {
        return Optional.of(known);
      }
    }
    return Optional.empty();
  }

  static List<String> allNames() {
    List<String> all = new ArrayList<>();
    for (KnownPreTokenizer known : values()) {
      all.addAll(known.names);
    }
    return all;
  }

  PreTokenizer create() {
    List<Object> steps = new ArrayList<>();
    for (String expression : expressions) {
      Map<String, Object> split = new LinkedHashMap<>();
      split.put("type", "Split");
      split.put("pattern", Map.of("Regex", expression));
      split.put("behavior", "Isolated");
      split.put("invert", false);
      steps.add(split);
    }
    Map<String, Object> bytes = new LinkedHashMap<>();
    bytes.put("type", "ByteLevel");
    bytes.put("add_prefix_space", false);
    bytes.put("trim_offsets", true);
    bytes.put("use_regex", false);
    steps.add(bytes);
    Map<String, Object> section = new LinkedHashMap<>();
    section.put("type", "Sequence");
    section.put("pretokenizers", steps);
    return new PreTokenizer(splitter(expressions), section);
  }

  /// The fastest splitter for expressions that are applied one after the other, matches isolated.
  static Splitter splitter(List<String> expressions) {
    if (expressions.equals(DEEPSEEK_V3.expressions)) {
      return new DeepSeekSplitter(3, true);
    }
    if (expressions.equals(DEEPSEEK_SINGLE_DIGITS)) {
      return new DeepSeekSplitter(1, false);
    }
    if (expressions.equals(QWEN2.expressions)) {
      return new WordSplitter(1);
    }
    if (expressions.equals(LLAMA3.expressions)) {
      return new WordSplitter(3);
    }
    return slowSplitter(expressions);
  }

  /// The same by regular expressions.
  static Splitter slowSplitter(List<String> expressions) {
    List<Splitter> splitters = new ArrayList<>();
    for (String expression : expressions) {
      splitters.add(
          expression.equals(TRAILING_SPACE)
              ? new TrailingSpaceSplitter()
              : RegexSplitter.isolated(expression));
    }
    return splitters.size() == 1 ? splitters.getFirst() : new Splitter.InSequence(splitters);
  }

  /// Constants, apart because an enum's constructor arguments cannot name its own.
  private static final class Expressions {
    static final String DEEPSEEK_WORDS =
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
            + "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*"
            + "|\\s*[\r\n]+|\\s+(?!\\S)|\\s+";

    static final String CONTRACTIONS_AND_WORDS =
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";

    static final String PUNCTUATION_AND_SPACE =
        " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    static final String GPT2 =
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    /// The letters with case of Unicode 11, as DeepSeek-V2's file lists them.
    static final String CASED_LETTERS =
        "A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-"
            + "\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386"
            + "\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F"
            + "\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-"
            + "\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D"
            + "\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D"
            + "\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3"
            + "\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-"
            + "\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139"
            + "\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4"
            + "\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-"
            + "\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A"
            + "\uFF41-\uFF5A\uD801\uDC00-\uD801\uDC4F\uD801\uDCB0-\uD801\uDCD3"
            + "\uD801\uDCD8-\uD801\uDCFB\uD803\uDC80-\uD803\uDCB2\uD803\uDCC0-"
            + "\uD803\uDCF2\uD806\uDCA0-\uD806\uDCDF\uD83A\uDD00-\uD83A\uDD43";

    private Expressions() {}
  }
}
