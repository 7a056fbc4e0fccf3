package fathom.tokenizer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Writes a tokenizer as the Hugging Face files `tokenizer.json`, `tokenizer_config.json` and
/// `chat_template.jinja`.
final class TokenizerJsonWriter {
  private static final Map<String, Object> BYTE_LEVEL = byteLevel();

  private final TokenizerModel model;
  private final JsonGenerator out;

  private TokenizerJsonWriter(TokenizerModel model, JsonGenerator out) {
    this.model = model;
    this.out = out;
  }

  static void write(Tokenizer tokenizer, Path directory) {
    try {
      Files.createDirectories(directory);
      try (JsonGenerator out = generator(directory.resolve("tokenizer.json"))) {
        new TokenizerJsonWriter(tokenizer.model(), out).document();
      }
      try (JsonGenerator out = generator(directory.resolve("tokenizer_config.json"))) {
        new TokenizerJsonWriter(tokenizer.model(), out).value(configuration(tokenizer));
      }
      if (tokenizer.chatTemplate().isPresent()) {
        Files.writeString(
            directory.resolve("chat_template.jinja"), tokenizer.chatTemplate().get().source());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the tokenizer to " + directory, e);
    }
  }

  private static JsonGenerator generator(Path file) throws IOException {
    return new JsonFactory()
        .createGenerator(
            ObjectWriteContext.empty(), Files.newBufferedWriter(file, StandardCharsets.UTF_8));
  }

  private static Map<String, Object> configuration(Tokenizer tokenizer) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("add_bos_token", tokenizer.specialTokens().addBos());
    config.put("add_eos_token", tokenizer.specialTokens().addEos());
    config.putAll(SpecialTokenTexts.of(tokenizer));
    config.put("clean_up_tokenization_spaces", false);
    // The generic class reads tokenizer.json as it is; a class named after a model brings its own
    // rules.
    config.put("tokenizer_class", "PreTrainedTokenizerFast");
    tokenizer.chatTemplate().ifPresent(template -> config.put("chat_template", template.source()));
    return config;
  }

  private void document() {
    out.writeStartObject();
    member("version", "1.0");
    member("truncation", JsonNull.NULL);
    member("padding", JsonNull.NULL);
    out.writeName("added_tokens");
    addedTokens();
    member("normalizer", model.nfc() ? Map.of("type", "NFC") : JsonNull.NULL);
    member("pre_tokenizer", model.preTokenizer().section());
    member("post_processor", BYTE_LEVEL);
    member("decoder", BYTE_LEVEL);
    out.writeName("model");
    bpe();
    out.writeEndObject();
  }

  private void addedTokens() {
    out.writeStartArray();
    for (AddedToken token : model.added()) {
      out.writeStartObject();
      member("id", token.id());
      member("content", token.content());
      member("single_word", token.singleWord());
      member("lstrip", token.stripLeft());
      member("rstrip", token.stripRight());
      member("normalized", token.normalized());
      member("special", token.special());
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private void bpe() {
    out.writeStartObject();
    member("type", "BPE");
    for (String absent :
        List.of("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
      member(absent, JsonNull.NULL);
    }
    member("fuse_unk", false);
    member("byte_fallback", false);
    member("ignore_merges", model.encoding().ignoreMerges());
    out.writeName("vocab");
    out.writeStartObject();
    Vocabulary vocabulary = model.vocabulary();
    for (int id = 0; id < vocabulary.size(); id++) {
      String token = vocabulary.token(id);
      if (token != null) {
        member(token, id);
      }
    }
    out.writeEndObject();
    out.writeName("merges");
    out.writeStartArray();
    MergeRanks merges = model.encoding().merges();
    for (int rank = 0; rank < merges.count(); rank++) {
      out.writeString(
          vocabulary.token(merges.left(rank)) + " " + vocabulary.token(merges.right(rank)));
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  private void member(String name, Object value) {
    out.writeName(name);
    value(value);
  }

  private void value(Object value) {
    switch (value) {
      case String text -> out.writeString(text);
      case Boolean flag -> out.writeBoolean(flag);
      case Integer number -> out.writeNumber(number);
      case Long number -> out.writeNumber(number);
      case Number number -> out.writeNumber(number.doubleValue());
      case Map<?, ?> object -> {
        out.writeStartObject();
        object.forEach((name, inner) -> member(name.toString(), inner));
        out.writeEndObject();
      }
      case List<?> list -> {
        out.writeStartArray();
        list.forEach(this::value);
        out.writeEndArray();
      }
      default -> out.writeNull();
    }
  }

  private static Map<String, Object> byteLevel() {
    Map<String, Object> section = new LinkedHashMap<>();
    section.put("type", "ByteLevel");
    section.put("add_prefix_space", false);
    section.put("trim_offsets", false);
    section.put("use_regex", false);
    return section;
  }
}
