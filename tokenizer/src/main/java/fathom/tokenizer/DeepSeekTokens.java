package fathom.tokenizer;

import java.util.ArrayList;
import java.util.List;

/// The special tokens of DeepSeek-V3 and R1, in the order and with the marks of the released files,
/// for tokenizers that are made here. The first three have the first ids, the others come after the
/// vocabulary.
final class DeepSeekTokens {
  static final String BOS = "<\uFF5Cbegin\u2581of\u2581sentence\uFF5C>";
  static final String EOS = "<\uFF5Cend\u2581of\u2581sentence\uFF5C>";
  static final String PAD = "<\uFF5C\u2581pad\u2581\uFF5C>";

  static final List<String> FIRST = List.of(BOS, EOS, PAD);

  /// Enough for conversations with thinking.
  static final List<String> CHAT =
      List.of("<think>", "</think>", "<\uFF5CUser\uFF5C>", "<\uFF5CAssistant\uFF5C>");

  static final List<String> ALL =
      List.of(
          "<think>",
          "</think>",
          "<\uFF5Cfim\u2581hole\uFF5C>",
          "<\uFF5Cfim\u2581begin\uFF5C>",
          "<\uFF5Cfim\u2581end\uFF5C>",
          "<\uFF5CUser\uFF5C>",
          "<\uFF5CAssistant\uFF5C>",
          "<|EOT|>",
          "<\uFF5Ctool\u2581calls\u2581begin\uFF5C>",
          "<\uFF5Ctool\u2581calls\u2581end\uFF5C>",
          "<\uFF5Ctool\u2581call\u2581begin\uFF5C>",
          "<\uFF5Ctool\u2581call\u2581end\uFF5C>",
          "<\uFF5Ctool\u2581outputs\u2581begin\uFF5C>",
          "<\uFF5Ctool\u2581outputs\u2581end\uFF5C>",
          "<\uFF5Ctool\u2581output\u2581begin\uFF5C>",
          "<\uFF5Ctool\u2581output\u2581end\uFF5C>",
          "<\uFF5Ctool\u2581sep\uFF5C>");

  /// The released conversation format without tools: what a made tokenizer renders until it is
  /// given another template.
  static final String TEMPLATE =
      "{{ bos_token }}{% for m in messages %}"
          + "{% if m['role'] == 'user' %}{{ '<\uFF5CUser\uFF5C>' + m['content'] }}"
          + "{% elif m['role'] == 'assistant' %}{% set c = m['content'] %}"
          + "{% if '</think>' in c %}{% set c = c.split('</think>')[-1] %}{% endif %}"
          + "{{ '<\uFF5CAssistant\uFF5C>' + c + eos_token }}"
          + "{% elif m['role'] == 'system' %}{{ m['content'] }}{% endif %}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<\uFF5CAssistant\uFF5C>' }}{% endif %}";

  private DeepSeekTokens() {}

  /// A tokenizer of this vocabulary, whose ids 0, 1 and 2 are [#FIRST], with `last` after it.
  static Tokenizer tokenizer(
      Vocabulary vocabulary, MergeRanks merges, List<String> last, PreTokenizer preTokenizer) {
    List<AddedToken> added = new ArrayList<>();
    for (String token : FIRST) {
      added.add(AddedToken.of(added.size(), token, true, false));
    }
    int id = vocabulary.size();
    for (String token : last) {
      added.add(AddedToken.of(id++, token, token.equals("<|EOT|>"), false));
    }
    TokenizerModel model =
        new TokenizerModel(
            new BytePairEncoding(vocabulary, merges, false), added, false, preTokenizer);
    SpecialTokens special =
        new SpecialTokens.Builder().bos(0).eos(1).pad(2).addBos(true).addEos(false).build();
    return new Tokenizer(
        model, special, ChatTemplate.of(TEMPLATE, SpecialTokenTexts.of(model, special)));
  }

  /// A vocabulary that begins with [#FIRST] and the 256 bytes.
  static Vocabulary.Builder vocabulary() {
    Vocabulary.Builder builder = new Vocabulary.Builder();
    int id = 0;
    for (String token : FIRST) {
      id += builder.add(id, token) ? 1 : 0;
    }
    // Hugging Face's trainer orders the alphabet by character, not by byte.
    for (char c = 0; c < 0x200; c++) {
      if (ByteAlphabet.unsignedByte(c) >= 0) {
        id += builder.add(id, Character.toString(c)) ? 1 : 0;
      }
    }
    return builder;
  }
}
