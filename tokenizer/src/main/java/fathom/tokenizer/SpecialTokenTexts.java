package fathom.tokenizer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/// The special tokens as text, under the names that templates and `tokenizer_config.json` use.
final class SpecialTokenTexts {
  private SpecialTokenTexts() {}

  static Map<String, String> of(Tokenizer tokenizer) {
    return of(tokenizer.model(), tokenizer.specialTokens());
  }

  static Map<String, String> of(TokenizerModel model, SpecialTokens special) {
    Map<String, String> texts = new LinkedHashMap<>();
    put(texts, model, "bos_token", special.bos());
    put(texts, model, "eos_token", special.eos());
    put(texts, model, "pad_token", special.pad());
    return texts;
  }

  private static void put(
      Map<String, String> texts, TokenizerModel model, String name, OptionalInt id) {
    if (id.isPresent()) {
      String token = model.token(id.getAsInt());
      if (token != null) {
        texts.put(name, token);
      }
    }
  }
}
