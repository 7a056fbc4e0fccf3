package fathom.cli;

import fathom.tokenizer.ChatTemplate;
import fathom.tokenizer.Tokenizer;

/// What commands that hold conversations share.
final class Chats {
  private Chats() {}

  static ChatTemplate template(Tokenizer tokenizer) {
    return tokenizer
        .chatTemplate()
        .orElseThrow(
            () ->
                new UsageException(
                    "the model has no chat template (tokenizer_config.json, chat_template.jinja or"
                        + " tokenizer.chat_template): it only continues text, see fathom generate"));
  }
}
