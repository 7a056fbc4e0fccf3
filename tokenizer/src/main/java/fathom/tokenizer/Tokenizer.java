package fathom.tokenizer;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Text to token ids and back. Immutable; any number of threads may share one.
@SuppressWarnings("DoNotCallSuggester")
public final class Tokenizer {
  private Tokenizer() {}

  /// Reads a Hugging Face directory: `tokenizer.json` and, where present, `tokenizer_config.json`,
  /// `generation_config.json`, `config.json` and `chat_template.jinja`.
  ///
  /// @throws MalformedTokenizerException if a file is missing or broken
  public static Tokenizer open(Path directory) {
    throw new UnsupportedOperationException();
  }

  /// Reads the metadata of a GGUF file (`tokenizer.ggml.*`, `tokenizer.chat_template`), given as
  /// plain values: String, Long, Integer, Boolean, Float, List.
  ///
  /// @throws MalformedTokenizerException if a key is missing or wrong
  public static Tokenizer fromGguf(Map<String, ?> metadata) {
    throw new UnsupportedOperationException();
  }

  /// The ids of `text`; added tokens inside it (`<｜User｜>`, `<think>` …) become their single ids.
  /// No begin token is added: rendered chats bring their own.
  public int[] encode(String text) {
    throw new UnsupportedOperationException();
  }

  /// The ids of `text` with nothing recognised as an added token: for text from users, who must not
  /// forge turns.
  public int[] encodePlain(String text) {
    throw new UnsupportedOperationException();
  }

  /// As [#encode], with the begin token before it if the tokenizer's configuration asks for one
  /// (`add_bos_token`).
  public int[] encodePrompt(String text) {
    throw new UnsupportedOperationException();
  }

  /// The text of `ids`, special tokens included; malformed bytes become U+FFFD, unknown ids
  /// nothing.
  public String decode(int... ids) {
    throw new UnsupportedOperationException();
  }

  /// As [#decode], leaving out the tokens that are marked special.
  public String decodeSkippingSpecial(int... ids) {
    throw new UnsupportedOperationException();
  }

  /// A decoder for one stream of tokens.
  public StreamingDecoder newStreamingDecoder() {
    throw new UnsupportedOperationException();
  }

  /// A decoder for one stream of tokens that leaves out the special ones.
  public StreamingDecoder newStreamingDecoderSkippingSpecial() {
    throw new UnsupportedOperationException();
  }

  /// The bytes a token stands for; empty for an unknown id. A copy.
  public byte[] bytes(int id) {
    throw new UnsupportedOperationException();
  }

  /// The id of a token written as in the files (`<think>`, `Ġthe`).
  public OptionalInt id(String token) {
    throw new UnsupportedOperationException();
  }

  /// Whether the token is marked special (control), so that [#decodeSkippingSpecial] leaves it out.
  public boolean isSpecial(int id) {
    throw new UnsupportedOperationException();
  }

  /// One more than the largest id; a model may have more rows than that.
  public int vocabularySize() {
    throw new UnsupportedOperationException();
  }

  /// The ids that begin and end sequences.
  public SpecialTokens specialTokens() {
    throw new UnsupportedOperationException();
  }

  /// The chat template that came with the tokenizer.
  public Optional<ChatTemplate> chatTemplate() {
    throw new UnsupportedOperationException();
  }

  /// The metadata with which a GGUF file carries this tokenizer (`tokenizer.ggml.*`), tokens padded
  /// with `[PADn]` up to `modelVocabulary` rows.
  public Map<String, Object> toGguf(int modelVocabulary) {
    throw new UnsupportedOperationException();
  }

  /// Writes `tokenizer.json`, `tokenizer_config.json` and, if there is one, `chat_template.jinja`.
  public void save(Path directory) {
    throw new UnsupportedOperationException();
  }
}
