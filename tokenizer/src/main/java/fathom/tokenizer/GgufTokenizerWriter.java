package fathom.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// A tokenizer as the metadata of a GGUF file, in the form that llama.cpp's converter writes.
final class GgufTokenizerWriter {
  private static final String PREFIX = "tokenizer.ggml.";

  private GgufTokenizerWriter() {}

  static Map<String, Object> metadata(Tokenizer tokenizer, int modelVocabulary) {
    TokenizerModel model = tokenizer.model();
    if (modelVocabulary < model.size()) {
      throw new IllegalArgumentException(
          "vocab_size: expected at least the tokenizer's %d, found %d"
              .formatted(model.size(), modelVocabulary));
    }
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put(PREFIX + "model", "gpt2");
    metadata.put(PREFIX + "pre", ggufName(model));
    List<String> tokens = new ArrayList<>(modelVocabulary);
    List<Integer> types = new ArrayList<>(modelVocabulary);
    for (int id = 0; id < modelVocabulary; id++) {
      String token = model.token(id);
      tokens.add(token == null ? "[PAD" + id + "]" : token);
      types.add(type(model, id).number());
    }
    metadata.put(PREFIX + "tokens", tokens);
    metadata.put(PREFIX + "token_type", types);
    metadata.put(PREFIX + "merges", merges(model));
    SpecialTokens special = tokenizer.specialTokens();
    putId(metadata, "bos_token_id", special.bos());
    putId(metadata, "eos_token_id", special.eos());
    putId(metadata, "padding_token_id", special.pad());
    metadata.put(PREFIX + "add_bos_token", special.addBos());
    metadata.put(PREFIX + "add_eos_token", special.addEos());
    tokenizer
        .chatTemplate()
        .ifPresent(template -> metadata.put("tokenizer.chat_template", template.source()));
    return metadata;
  }

  private static void putId(Map<String, Object> metadata, String key, OptionalInt id) {
    if (id.isPresent()) {
      metadata.put(PREFIX + key, id.getAsInt());
    }
  }

  /// As the converter does: what is special, or looks like a control token of a chat, is control.
  private static GgufTokenType type(TokenizerModel model, int id) {
    AddedToken added = model.added(id);
    if (added == null) {
      return model.vocabulary().has(id) ? GgufTokenType.NORMAL : GgufTokenType.UNUSED;
    }
    String content = added.content();
    boolean looksLikeControl =
        (content.startsWith("<|") && content.endsWith("|>"))
            || (content.startsWith("<\uFF5C") && content.endsWith("\uFF5C>"));
    return added.special() || looksLikeControl ? GgufTokenType.CONTROL : GgufTokenType.USER_DEFINED;
  }

  private static List<String> merges(TokenizerModel model) {
    Vocabulary vocabulary = model.vocabulary();
    MergeRanks ranks = model.encoding().merges();
    List<String> merges = new ArrayList<>(ranks.count());
    for (int rank = 0; rank < ranks.count(); rank++) {
      merges.add(vocabulary.token(ranks.left(rank)) + " " + vocabulary.token(ranks.right(rank)));
    }
    return merges;
  }

  private static String ggufName(TokenizerModel model) {
    Splitter splitter = model.preTokenizer().splitter();
    for (KnownPreTokenizer known : KnownPreTokenizer.values()) {
      if (known.create().splitter().equals(splitter)
          || known.create().section().equals(model.preTokenizer().section())) {
        return known.ggufName();
      }
    }
    if (splitter instanceof DeepSeekSplitter) {
      // Single digits: the same result where no token joins two of them, which such a vocabulary
      // has none of.
      return KnownPreTokenizer.DEEPSEEK_V3.ggufName();
    }
    throw new IllegalArgumentException(
        "pre_tokenizer: GGUF has no name for " + model.preTokenizer().section());
  }
}
