package fathom.tokenizer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/// Reads a Hugging Face `tokenizer.json` in one pass, without a tree of its hundred thousands of
/// strings.
final class TokenizerJsonReader {
  private final JsonReader json;
  private final List<AddedToken> added = new ArrayList<>();
  private boolean nfc;
  private Object preTokenizer = JsonNull.NULL;
  private Object postProcessor = JsonNull.NULL;
  private @Nullable Vocabulary vocabulary;
  private @Nullable MergeList merges;
  private boolean ignoreMerges;

  private TokenizerJsonReader(JsonReader json) {
    this.json = json;
  }

  /// What one file gives.
  ///
  /// @param model the tokenizer
  /// @param firstToken what its post-processor puts before every text; empty if nothing
  record Result(TokenizerModel model, String firstToken) {}

  static Result read(Path file) {
    try (JsonReader json = JsonReader.open(file)) {
      return new TokenizerJsonReader(json).document();
    }
  }

  static Result read(String name, byte[] utf8) {
    try (JsonReader json = JsonReader.of(name, utf8)) {
      return new TokenizerJsonReader(json).document();
    }
  }

  private Result document() {
    json.next();
    json.require(JsonToken.START_OBJECT, "document", "an object");
    while (json.nextMember()) {
      switch (json.name()) {
        case "added_tokens" -> addedTokens();
        case "normalizer" -> nfc = isNfc(json.valueHere());
        case "pre_tokenizer" -> preTokenizer = json.valueHere();
        case "post_processor" -> postProcessor = json.valueHere();
        case "decoder" -> checkDecoder(json.valueHere());
        case "model" -> model();
        default -> json.skip();
      }
    }
    json.requireEnd();
    if (vocabulary == null || merges == null) {
      throw json.malformed(
          "model", "vocab and merges", "no " + (vocabulary == null ? "vocab" : "merges"));
    }
    MergeRanks ranks = merges.resolve(vocabulary);
    checkAdded(vocabulary);
    BytePairEncoding encoding = new BytePairEncoding(vocabulary, ranks, ignoreMerges);
    PreTokenizer pre = PreTokenizerSection.read(json.file(), preTokenizer);
    return new Result(new TokenizerModel(encoding, added, nfc, pre), firstToken());
  }

  private void model() {
    json.require(JsonToken.START_OBJECT, "model", "an object");
    while (json.nextMember()) {
      switch (json.name()) {
        case "type" -> requireValue("model.type", "BPE", json.string("model.type"));
        case "vocab" -> vocabulary = vocab();
        case "merges" -> merges = merges();
        case "ignore_merges" -> ignoreMerges = json.bool("model.ignore_merges");
        case "continuing_subword_prefix", "end_of_word_suffix" -> {
          String place = "model." + json.name();
          if (json.token() != JsonToken.VALUE_NULL) {
            requireValue(place, "", json.string(place));
          }
        }
        case "dropout" -> {
          Object dropout = json.valueHere();
          if (dropout != JsonNull.NULL
              && !(dropout instanceof Number number && number.doubleValue() == 0)) {
            throw json.malformed("model.dropout", "null", dropout.toString());
          }
        }
        default -> json.skip();
      }
    }
  }

  private void requireValue(String place, String expected, String found) {
    if (!found.equals(expected)) {
      throw json.malformed(place, "'" + expected + "'", "'" + found + "'");
    }
  }

  private Vocabulary vocab() {
    json.require(JsonToken.START_OBJECT, "model.vocab", "an object");
    Vocabulary.Builder builder = new Vocabulary.Builder();
    while (json.nextMember()) {
      String token = json.name();
      int id = json.index("model.vocab", Vocabulary.LARGEST_ID);
      if (builder.hasId(id)) {
        throw json.malformed("model.vocab." + token, "an id of its own", "id " + id + " again");
      }
      if (!builder.add(id, token)) {
        throw json.malformed("model.vocab." + token, "a token once", "the token again");
      }
    }
    return builder.build();
  }

  private MergeList merges() {
    json.require(JsonToken.START_ARRAY, "model.merges", "an array");
    MergeList list = new MergeList(json.file());
    while (json.next() != JsonToken.END_ARRAY) {
      if (json.token() == JsonToken.START_ARRAY) {
        json.next();
        String left = json.string("model.merges");
        json.next();
        String right = json.string("model.merges");
        json.next();
        json.require(JsonToken.END_ARRAY, "model.merges", "two strings");
        list.add(left, right);
      } else {
        list.add(json.string("model.merges"));
      }
    }
    return list;
  }

  private void addedTokens() {
    json.require(JsonToken.START_ARRAY, "added_tokens", "an array");
    while (json.next() != JsonToken.END_ARRAY) {
      json.require(JsonToken.START_OBJECT, "added_tokens", "an object");
      added.add(addedToken());
    }
  }

  private AddedToken addedToken() {
    int id = -1;
    @Nullable String content = null;
    boolean special = false;
    boolean normalized = false;
    boolean singleWord = false;
    boolean left = false;
    boolean right = false;
    while (json.nextMember()) {
      String place = "added_tokens." + json.name();
      switch (json.name()) {
        case "id" -> id = json.index(place, Vocabulary.LARGEST_ID);
        case "content" -> content = json.string(place);
        case "special" -> special = json.bool(place);
        case "normalized" -> normalized = json.bool(place);
        case "single_word" -> singleWord = json.bool(place);
        case "lstrip" -> left = json.bool(place);
        case "rstrip" -> right = json.bool(place);
        default -> json.skip();
      }
    }
    if (id < 0 || content == null || content.isEmpty()) {
      throw json.malformed("added_tokens", "id and content", "id " + id + ", content " + content);
    }
    return new AddedToken(id, content, special, normalized, singleWord, left, right);
  }

  /// An added token may repeat a token of the vocabulary, but not under another id or with another
  /// text.
  private void checkAdded(Vocabulary tokens) {
    boolean[] seen = new boolean[Vocabulary.LARGEST_ID + 1];
    for (AddedToken token : added) {
      if (seen[token.id()]) {
        throw json.malformed("added_tokens", "ids that differ", "id " + token.id() + " twice");
      }
      seen[token.id()] = true;
      int id = tokens.id(token.content());
      boolean other = id >= 0 && id != token.id();
      if (other || (tokens.has(token.id()) && id != token.id())) {
        throw json.malformed(
            "added_tokens." + token.content(),
            other ? "id " + id + " as in model.vocab" : "an id that is free in model.vocab",
            "id " + token.id());
      }
    }
  }

  private boolean isNfc(Object section) {
    if (section == JsonNull.NULL) {
      return false;
    }
    Object type = section instanceof Map<?, ?> object ? object.get("type") : null;
    if ("NFC".equals(type)) {
      return true;
    }
    if ("Sequence".equals(type)
        && section instanceof Map<?, ?> object
        && object.get("normalizers") instanceof List<?> steps) {
      boolean any = false;
      for (Object step : steps) {
        any |= isNfc(step == null ? JsonNull.NULL : step);
      }
      return any;
    }
    throw json.malformed("normalizer", "null or NFC", section.toString());
  }

  private void checkDecoder(Object section) {
    if (section != JsonNull.NULL
        && !(section instanceof Map<?, ?> object && "ByteLevel".equals(object.get("type")))) {
      throw json.malformed("decoder", "ByteLevel", section.toString());
    }
  }

  /// `TemplateProcessing` whose `single` form begins with a special token; possibly inside a
  /// `Sequence`.
  private String firstToken() {
    return firstToken(postProcessor);
  }

  private static String firstToken(Object section) {
    if (!(section instanceof Map<?, ?> object)) {
      return "";
    }
    if (object.get("processors") instanceof List<?> processors) {
      for (Object processor : processors) {
        String token = firstToken(processor);
        if (!token.isEmpty()) {
          return token;
        }
      }
    }
    return object.get("single") instanceof List<?> single
            && !single.isEmpty()
            && single.getFirst() instanceof Map<?, ?> first
            && first.get("SpecialToken") instanceof Map<?, ?> special
            && special.get("id") instanceof String id
        ? id
        : "";
  }
}
