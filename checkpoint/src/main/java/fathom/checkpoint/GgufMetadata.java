package fathom.checkpoint;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Predicate;

/// The key-value pairs of a GGUF file, in its order. An absent key is an empty result; a key of a
/// wrong type is a fault of the file.
public final class GgufMetadata {
  private final Path file;
  private final Map<String, GgufValue> values;

  /// The values of `file`, which is named in faults.
  public GgufMetadata(Path file, Map<String, GgufValue> values) {
    this.file = file;
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /// All values by key.
  public Map<String, GgufValue> values() {
    return values;
  }

  /// All values as plain Java ones, see [GgufValue#toJava].
  public Map<String, Object> toJava() {
    Map<String, Object> plain = new LinkedHashMap<>();
    values.forEach((key, value) -> plain.put(key, value.toJava()));
    return plain;
  }

  /// The file that these values stand in.
  public Path file() {
    return file;
  }

  /// Whether the key is there.
  public boolean contains(String key) {
    return values.containsKey(key);
  }

  /// A string.
  public Optional<String> text(String key) {
    return scalar(key, "a string", value -> value.type() == GgufType.STRING)
        .map(value -> value.strings().getFirst());
  }

  /// A whole number from 0 to 2^31 - 1: all that sizes and ids need.
  public OptionalInt count(String key) {
    return scalar(key, "a whole number from 0 to 2147483647", GgufMetadata::isCount)
        .map(value -> OptionalInt.of((int) value.longAt(0)))
        .orElse(OptionalInt.empty());
  }

  private static boolean isCount(GgufValue value) {
    return value.type().isInteger() && value.longAt(0) >= 0 && value.longAt(0) <= Integer.MAX_VALUE;
  }

  /// A finite number, whole or real.
  public OptionalDouble number(String key) {
    return scalar(
            key,
            "a finite number",
            value ->
                (value.type().isInteger()
                        || value.type() == GgufType.FLOAT32
                        || value.type() == GgufType.FLOAT64)
                    && Double.isFinite(value.doubles()[0]))
        .map(value -> OptionalDouble.of(value.doubles()[0]))
        .orElse(OptionalDouble.empty());
  }

  /// A truth value.
  public Optional<Boolean> flag(String key) {
    return scalar(key, "a truth value", value -> value.type() == GgufType.BOOL)
        .map(value -> value.longAt(0) != 0);
  }

  /// An array of strings.
  public Optional<List<String>> strings(String key) {
    return checked(
            key, "an array of strings", value -> value.isArray() && value.type() == GgufType.STRING)
        .map(GgufValue::strings);
  }

  /// An array of numbers, as an object that gives them as whole or real ones.
  public Optional<GgufValue> numbers(String key) {
    return checked(
        key, "an array of numbers", value -> value.isArray() && value.type() != GgufType.STRING);
  }

  private Optional<GgufValue> scalar(String key, String wanted, Predicate<GgufValue> fits) {
    return checked(key, wanted, value -> !value.isArray() && fits.test(value));
  }

  private Optional<GgufValue> checked(String key, String wanted, Predicate<GgufValue> fits) {
    GgufValue value = values.get(key);
    if (value != null && !fits.test(value)) {
      throw MalformedCheckpointException.in(
          file,
          key,
          "expected %s, found %s"
              .formatted(wanted, MalformedCheckpointException.printable(value.toString())));
    }
    return Optional.ofNullable(value);
  }
}
