package fathom.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tokenizer in a GGUF file's metadata.
///
/// The file says less than a `tokenizer.json`: the pre-tokenizer is a name, and normalisation
/// follows from it (Qwen's NFC; llama.cpp leaves it out).
final class GgufTokenizerReader {
  private static final String PREFIX = "tokenizer.ggml.";

  private final Map<String, ?> metadata;

  GgufTokenizerReader(Map<String, ?> metadata) {
    this.metadata = metadata;
  }

  Tokenizer read() {
    String kind = string(PREFIX + "model");
    if (!kind.equals("gpt2")) {
      throw malformed(PREFIX + "model", "gpt2 (byte-level BPE)", kind);
    }
    KnownPreTokenizer pre = preTokenizer();
    List<?> tokens = list(PREFIX + "tokens");
    List<?> types =
        metadata.containsKey(PREFIX + "token_type") ? list(PREFIX + "token_type") : List.of();
    if (!types.isEmpty() && types.size() != tokens.size()) {
      throw malformed(PREFIX + "token_type", tokens.size() + " entries", types.size() + " entries");
    }
    if (tokens.size() > Vocabulary.LARGEST_ID) {
      throw malformed(
          PREFIX + "tokens", "at most " + Vocabulary.LARGEST_ID, tokens.size() + " tokens");
    }
    List<AddedToken> added = new ArrayList<>();
    Vocabulary vocabulary = vocabulary(tokens, types, added);
    MergeRanks merges = merges().resolve(vocabulary);
    boolean ignoreMerges = pre == KnownPreTokenizer.LLAMA3;
    boolean nfc = pre == KnownPreTokenizer.QWEN2;
    TokenizerModel model =
        new TokenizerModel(
            new BytePairEncoding(vocabulary, merges, ignoreMerges), added, nfc, pre.create());
    SpecialTokens special = specialTokens(pre);
    Object template = metadata.get("tokenizer.chat_template");
    return new Tokenizer(
        model,
        special,
        template instanceof String source
            ? ChatTemplate.of(source, SpecialTokenTexts.of(model, special))
            : null);
  }

  private KnownPreTokenizer preTokenizer() {
    String name = metadata.containsKey(PREFIX + "pre") ? string(PREFIX + "pre") : "default";
    return KnownPreTokenizer.named(name)
        .orElseThrow(
            () ->
                malformed(
                    PREFIX + "pre",
                    "one of " + String.join(", ", KnownPreTokenizer.allNames()),
                    name));
  }

  private Vocabulary vocabulary(List<?> tokens, List<?> types, List<AddedToken> added) {
    Vocabulary.Builder builder = new Vocabulary.Builder();
    for (int id = 0; id < tokens.size(); id++) {
      if (!(tokens.get(id) instanceof String token)) {
        throw malformed(PREFIX + "tokens[" + id + "]", "a string", String.valueOf(tokens.get(id)));
      }
      GgufTokenType type =
          types.isEmpty() ? GgufTokenType.NORMAL : GgufTokenType.of(number(types, id));
      switch (type) {
        case UNUSED -> {
          // Padding up to the rows of the model: no text becomes it, and it becomes no text.
        }
        case CONTROL, USER_DEFINED -> {
          if (token.isEmpty()) {
            throw malformed(PREFIX + "tokens[" + id + "]", "a text", "an empty one");
          }
          added.add(AddedToken.of(id, token, type == GgufTokenType.CONTROL, false));
        }
        case NORMAL, UNKNOWN, BYTE -> {
          // A token that is there twice keeps its first id.
          boolean unused = builder.add(id, token);
        }
      }
    }
    return builder.build();
  }

  private MergeList merges() {
    MergeList merges = new MergeList("gguf metadata");
    for (Object merge : list(PREFIX + "merges")) {
      if (!(merge instanceof String text)) {
        throw malformed(PREFIX + "merges", "strings", String.valueOf(merge));
      }
      merges.add(text);
    }
    return merges;
  }

  private SpecialTokens specialTokens(KnownPreTokenizer pre) {
    SpecialTokens.Builder builder = new SpecialTokens.Builder();
    int bos = id("bos_token_id");
    if (bos >= 0) {
      builder.bos(bos);
    }
    int eos = id("eos_token_id");
    if (eos >= 0) {
      builder.eos(eos);
    }
    int pad = id("padding_token_id");
    if (pad >= 0) {
      builder.pad(pad);
    }
    for (String key : List.of("eot_token_id", "eom_token_id")) {
      int stop = id(key);
      if (stop >= 0) {
        builder.stop(stop);
      }
    }
    // What llama.cpp assumes where the file is silent.
    boolean assumed = pre == KnownPreTokenizer.LLAMA3;
    return builder
        .addBos(flag("add_bos_token", assumed))
        .addEos(flag("add_eos_token", false))
        .build();
  }

  private int id(String key) {
    Object value = metadata.get(PREFIX + key);
    if (value == null) {
      return -1;
    }
    if (value instanceof Number number
        && number.longValue() >= 0
        && number.longValue() <= Vocabulary.LARGEST_ID) {
      return number.intValue();
    }
    throw malformed(PREFIX + key, "an id from 0 to " + Vocabulary.LARGEST_ID, value.toString());
  }

  private boolean flag(String key, boolean otherwise) {
    Object value = metadata.get(PREFIX + key);
    if (value == null || value instanceof Boolean) {
      return value == null ? otherwise : (Boolean) value;
    }
    throw malformed(PREFIX + key, "true or false", value.toString());
  }

  private int number(List<?> types, int id) {
    if (types.get(id) instanceof Number number) {
      return number.intValue();
    }
    throw malformed(PREFIX + "token_type[" + id + "]", "an integer", String.valueOf(types.get(id)));
  }

  private String string(String key) {
    Object value = metadata.get(key);
    if (value instanceof String text) {
      return text;
    }
    throw malformed(key, "a string", found(value));
  }

  private List<?> list(String key) {
    Object value = metadata.get(key);
    if (value instanceof List<?> list) {
      return list;
    }
    throw malformed(key, "a list", found(value));
  }

  private static String found(@Nullable Object value) {
    return value == null ? "nothing" : value.toString();
  }

  private static MalformedTokenizerException malformed(
      String place, String expected, String found) {
    return new MalformedTokenizerException("gguf metadata", place, expected, found);
  }
}
