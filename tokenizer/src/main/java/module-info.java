/// Text to token ids and back, chat messages to text and back. Never sees a number that is no id.
module fathom.tokenizer {
  requires tools.jackson.core;
  requires static transitive org.jspecify;

  exports fathom.tokenizer;
}
