package fathom.model;

import org.jspecify.annotations.Nullable;

/// A configuration that contradicts itself or asks for what Fathom does not have. Knows the key,
/// but not the file; whoever reads a file adds that.
public final class InvalidConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String key;

  /// A fault in what `key` of `config.json` says.
  public InvalidConfigException(String key, String reason) {
    super(key + ": " + reason);
    this.key = key;
  }

  /// The key of `config.json`.
  public String key() {
    return key;
  }

  /// Refuses a configuration unless `condition` holds.
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would need a library
  static void require(boolean condition, String key, String reason, @Nullable Object... values) {
    if (!condition) {
      throw new InvalidConfigException(key, reason.formatted(values));
    }
  }

  /// Refuses a size below one.
  static void requirePositive(String key, int value) {
    require(value > 0, key, "expected a positive number, found %d", value);
  }
}
