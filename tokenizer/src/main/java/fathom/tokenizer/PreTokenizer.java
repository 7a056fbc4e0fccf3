package fathom.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The rule by which text is cut into pieces before byte-pair encoding; no token crosses a cut.
///
/// Made from the section `pre_tokenizer` of a `tokenizer.json`, or by the name that GGUF files give
/// the same rules. The rules of DeepSeek-V3, Qwen and Llama 3 run as hand-written scanners, any
/// other as regular expressions.
public final class PreTokenizer {
  private final Splitter splitter;
  private final Map<String, Object> section;

  PreTokenizer(Splitter splitter, Map<String, Object> section) {
    this.splitter = splitter;
    this.section = section;
  }

  /// DeepSeek-V3 and R1: numbers by three, Han and kana, words.
  public static PreTokenizer deepSeekV3() {
    return KnownPreTokenizer.DEEPSEEK_V3.create();
  }

  /// DeepSeek-V2 and V2-Lite.
  public static PreTokenizer deepSeekLlm() {
    return KnownPreTokenizer.DEEPSEEK_LLM.create();
  }

  /// Qwen 2, 2.5 and 3, and the distills made from them.
  public static PreTokenizer qwen2() {
    return KnownPreTokenizer.QWEN2.create();
  }

  /// Llama 3, and the distills made from it.
  public static PreTokenizer llama3() {
    return KnownPreTokenizer.LLAMA3.create();
  }

  /// The pieces of `text`, in order.
  public List<String> pieces(String text) {
    List<String> pieces = new ArrayList<>();
    char[] characters = text.toCharArray();
    splitter.split(
        characters,
        0,
        characters.length,
        (from, to) -> pieces.add(new String(characters, from, to - from)));
    return pieces;
  }

  Splitter splitter() {
    return splitter;
  }

  /// The section of `tokenizer.json`.
  Map<String, Object> section() {
    return section;
  }
}
