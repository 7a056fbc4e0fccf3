package fathom.tokenizer.jinja;

/// Python's `None`.
enum None {
  NONE
}
