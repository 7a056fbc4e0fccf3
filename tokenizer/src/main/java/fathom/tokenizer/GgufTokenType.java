package fathom.tokenizer;

/// The values of `tokenizer.ggml.token_type`.
enum GgufTokenType {
  NORMAL(1),
  UNKNOWN(2),
  CONTROL(3),
  USER_DEFINED(4),
  UNUSED(5),
  BYTE(6);

  private final int number;

  GgufTokenType(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /// The type of this number.
  ///
  /// @throws MalformedTokenizerException if there is none
  static GgufTokenType of(int number) {
    for (GgufTokenType type : values()) {
      if (type.number == number) {
        return type;
      }
    }
    throw new MalformedTokenizerException(
        "gguf metadata",
        "tokenizer.ggml.token_type",
        "a number from 1 to 6",
        Integer.toString(number));
  }
}
