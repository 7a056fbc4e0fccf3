package fathom.tokenizer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Text to token ids and back. Immutable; any number of threads may share one.
///
/// Byte-level BPE as the released DeepSeek, Qwen and Llama 3 models use it. Added tokens are found
/// first, the rest is normalised, cut by the [PreTokenizer], and each piece merged.
public final class Tokenizer {
  private final TokenizerModel model;
  private final SpecialTokens special;
  private final @Nullable ChatTemplate template;
  private final PieceCache cache = new PieceCache();
  private final AddedTokenTrie rawTokens;
  private final @Nullable AddedTokenTrie normalizedTokens;

  Tokenizer(TokenizerModel model, SpecialTokens special, @Nullable ChatTemplate template) {
    this.model = model;
    this.special = special;
    this.template = template;
    List<AddedToken> raw = new ArrayList<>();
    List<AddedToken> normalized = new ArrayList<>();
    for (AddedToken token : model.added()) {
      (token.normalized() ? normalized : raw).add(token);
    }
    rawTokens = new AddedTokenTrie(raw);
    normalizedTokens = normalized.isEmpty() ? null : new AddedTokenTrie(normalized);
  }

  /// Reads a Hugging Face directory: `tokenizer.json` and, where present, `tokenizer_config.json`,
  /// `generation_config.json`, `config.json` and `chat_template.jinja`.
  ///
  /// @throws MalformedTokenizerException if a file is missing or broken
  public static Tokenizer open(Path directory) {
    return new TokenizerDirectory(directory).read();
  }

  /// Reads the metadata of a GGUF file (`tokenizer.ggml.*`, `tokenizer.chat_template`), given as
  /// plain values: String, Long, Integer, Boolean, Float, List.
  ///
  /// @throws MalformedTokenizerException if a key is missing or wrong
  public static Tokenizer fromGguf(Map<String, ?> metadata) {
    return new GgufTokenizerReader(metadata).read();
  }

  /// The ids of `text`; added tokens inside it (`<｜User｜>`, `<think>` …) become their single ids.
  /// No begin token is added: rendered chats bring their own.
  public int[] encode(String text) {
    Encoder encoder = new Encoder(model, cache, text.length());
    encoder.encode(text, rawTokens, normalizedTokens);
    return encoder.ids();
  }

  /// The ids of `text` with nothing recognised as an added token: for text from users, who must not
  /// forge turns.
  public int[] encodePlain(String text) {
    Encoder encoder = new Encoder(model, cache, text.length());
    encoder.encode(text, null, null);
    return encoder.ids();
  }

  /// As [#encode], with the begin token before it if the tokenizer's configuration asks for one
  /// (`add_bos_token`).
  public int[] encodePrompt(String text) {
    int[] ids = encode(text);
    if (!special.addBos()) {
      return ids;
    }
    int[] prompt = new int[ids.length + 1];
    prompt[0] = special.bos().orElseThrow();
    System.arraycopy(ids, 0, prompt, 1, ids.length);
    return prompt;
  }

  /// The text of `ids`, special tokens included; malformed bytes become U+FFFD, unknown ids
  /// nothing.
  public String decode(int... ids) {
    return decode(newStreamingDecoder(), ids);
  }

  /// As [#decode], leaving out the tokens that are marked special.
  public String decodeSkippingSpecial(int... ids) {
    return decode(newStreamingDecoderSkippingSpecial(), ids);
  }

  private static String decode(StreamingDecoder decoder, int[] ids) {
    for (int id : ids) {
      decoder.append(id);
    }
    return decoder.finish();
  }

  /// A decoder for one stream of tokens.
  public StreamingDecoder newStreamingDecoder() {
    return new StreamingDecoder(model, false);
  }

  /// A decoder for one stream of tokens that leaves out the special ones.
  public StreamingDecoder newStreamingDecoderSkippingSpecial() {
    return new StreamingDecoder(model, true);
  }

  /// The bytes a token stands for; empty for an unknown id. A copy.
  public byte[] bytes(int id) {
    return model.bytes(id);
  }

  /// The id of a token written as in the files (`<think>`, `Ġthe`).
  public OptionalInt id(String token) {
    int id = model.id(token);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /// The token of an id as the files write it (`<think>`, `Ġthe`).
  public Optional<String> token(int id) {
    return Optional.ofNullable(model.token(id));
  }

  /// Whether the token is marked special (control), so that [#decodeSkippingSpecial] leaves it out.
  public boolean isSpecial(int id) {
    AddedToken added = model.added(id);
    return added != null && added.special();
  }

  /// Whether the token stands beside the vocabulary (`added_tokens`), as all control tokens do,
  /// also those that are not marked special (`<｜User｜>`, `<tool_call>`). Ordinary text is never
  /// encoded with one.
  public boolean isAdded(int id) {
    return model.added(id) != null;
  }

  /// One more than the largest id; a model may have more rows than that.
  public int vocabularySize() {
    return model.size();
  }

  /// The ids that begin and end sequences.
  public SpecialTokens specialTokens() {
    return special;
  }

  /// The rule by which text is cut before merging.
  public PreTokenizer preTokenizer() {
    return model.preTokenizer();
  }

  /// The chat template that came with the tokenizer.
  public Optional<ChatTemplate> chatTemplate() {
    return Optional.ofNullable(template);
  }

  /// The same tokenizer with another chat template.
  public Tokenizer withChatTemplate(String source) {
    return new Tokenizer(model, special, ChatTemplate.of(source, SpecialTokenTexts.of(this)));
  }

  /// The metadata with which a GGUF file carries this tokenizer (`tokenizer.ggml.*`), tokens padded
  /// with `[PADn]` up to `modelVocabulary` rows.
  ///
  /// @throws IllegalArgumentException if the model has fewer rows than there are tokens, or GGUF
  ///   has no name for the pre-tokenizer
  public Map<String, Object> toGguf(int modelVocabulary) {
    return GgufTokenizerWriter.metadata(this, modelVocabulary);
  }

  /// Writes `tokenizer.json`, `tokenizer_config.json` and, if there is a template,
  /// `chat_template.jinja`.
  public void save(Path directory) {
    TokenizerJsonWriter.write(this, directory);
  }

  TokenizerModel model() {
    return model;
  }
}
