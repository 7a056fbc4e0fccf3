package fathom.tokenizer;

/// JSON's `null` where a collection must not hold Java's.
enum JsonNull {
  NULL
}
