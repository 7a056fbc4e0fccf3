package fathom.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// One metadata value of a GGUF file, kept in the bytes of the file: a value read and written again
/// is the same, and a vocabulary of 150,000 tokens takes no memory until it is asked for.
///
/// A scalar is seen as an array of one. Numbers convert as Java's casts do; which type a key must
/// have is checked by [GgufMetadata].
public final class GgufValue {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final GgufType type;
  private final boolean array;
  private final long count;
  private final MemorySegment bytes;

  GgufValue(GgufType type, boolean array, long count, MemorySegment bytes) {
    this.type = type;
    this.array = array;
    this.count = count;
    this.bytes = bytes;
  }

  /// A string.
  public static GgufValue of(String text) {
    return new GgufValue(GgufType.STRING, false, 1, encode(List.of(text)));
  }

  /// A truth value.
  public static GgufValue of(boolean flag) {
    return numbers(GgufType.BOOL, false, flag ? 1L : 0L);
  }

  /// A float32, which is what llama.cpp expects of real numbers.
  public static GgufValue of(float number) {
    return numbers(GgufType.FLOAT32, false, number);
  }

  /// A uint32, which is what llama.cpp expects of counts.
  public static GgufValue of(int count) {
    return numbers(GgufType.UINT32, false, (long) count);
  }

  /// A number of a given type; too large ones are cut as Java's casts do.
  public static GgufValue of(GgufType type, Number value) {
    return numbers(type, false, value);
  }

  /// An array of strings.
  public static GgufValue ofStrings(List<String> texts) {
    return new GgufValue(GgufType.STRING, true, texts.size(), encode(texts));
  }

  /// An array of numbers of a given type (truth values as 0 and 1).
  public static GgufValue ofNumbers(GgufType type, List<? extends Number> values) {
    return numbers(type, true, values.toArray(new Number[0]));
  }

  /// The value of a plain Java one: `String`, `Boolean`, `Integer` (uint32), `Long` (uint64),
  /// `Float`, `Double`, or a list of strings, integers (int32), floats or truth values.
  ///
  /// @throws IllegalArgumentException for anything else
  public static GgufValue ofJava(Object value) {
    return switch (value) {
      case String text -> of(text);
      case Boolean flag -> of(flag);
      case Integer count -> of(count);
      case Long number -> of(GgufType.UINT64, number);
      case Float number -> of(number);
      case Double number -> of(GgufType.FLOAT64, number);
      case List<?> list -> ofList(list);
      default ->
          throw new IllegalArgumentException(
              "metadata: expected text, a number, a truth value or a list, found "
                  + value.getClass());
    };
  }

  private static GgufValue ofList(List<?> list) {
    Object first = list.isEmpty() ? "" : list.getFirst();
    if (first instanceof String) {
      return ofStrings(list.stream().map(String.class::cast).toList());
    }
    if (first instanceof Boolean) {
      return ofNumbers(GgufType.BOOL, list.stream().map(flag -> (Boolean) flag ? 1 : 0).toList());
    }
    List<Number> numbers = list.stream().map(Number.class::cast).toList();
    return ofNumbers(first instanceof Integer ? GgufType.INT32 : GgufType.FLOAT32, numbers);
  }

  private static GgufValue numbers(GgufType type, boolean array, Number... values) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[type.bytes() * values.length]);
    for (int i = 0; i < values.length; i++) {
      long at = (long) i * type.bytes();
      switch (type) {
        case UINT8, INT8, BOOL -> bytes.set(ValueLayout.JAVA_BYTE, at, values[i].byteValue());
        case UINT16, INT16 -> bytes.set(SHORT, at, values[i].shortValue());
        case UINT32, INT32 -> bytes.set(INT, at, values[i].intValue());
        case UINT64, INT64 -> bytes.set(LONG, at, values[i].longValue());
        case FLOAT32 -> bytes.set(INT, at, Float.floatToRawIntBits(values[i].floatValue()));
        case FLOAT64 -> bytes.set(LONG, at, Double.doubleToRawLongBits(values[i].doubleValue()));
        case STRING, ARRAY ->
            throw new IllegalArgumentException("expected a type of numbers, found " + type);
      }
    }
    return new GgufValue(type, array, values.length, bytes);
  }

  private static MemorySegment encode(List<String> texts) {
    List<byte[]> encoded =
        texts.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    long size = encoded.stream().mapToLong(bytes -> Long.BYTES + bytes.length).sum();
    MemorySegment target = MemorySegment.ofArray(new byte[Math.toIntExact(size)]);
    long at = 0;
    for (byte[] text : encoded) {
      target.set(LONG, at, text.length);
      MemorySegment.copy(text, 0, target, ValueLayout.JAVA_BYTE, at + Long.BYTES, text.length);
      at += Long.BYTES + text.length;
    }
    return target;
  }

  /// Type of the value, or of an array's elements.
  public GgufType type() {
    return type;
  }

  /// Whether this is an array.
  public boolean isArray() {
    return array;
  }

  /// Elements; 1 for a scalar.
  public long count() {
    return count;
  }

  /// The bytes in the file, without the header of an array.
  MemorySegment bytes() {
    return bytes;
  }

  /// All elements as strings.
  ///
  /// @throws IllegalArgumentException if they are numbers
  public List<String> strings() {
    if (type != GgufType.STRING) {
      throw new IllegalArgumentException("expected strings, found " + this);
    }
    List<String> texts = new ArrayList<>(Math.toIntExact(count));
    long at = 0;
    for (long i = 0; i < count; i++) {
      byte[] text = new byte[Math.toIntExact(bytes.get(LONG, at))];
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at + Long.BYTES, text, 0, text.length);
      texts.add(new String(text, StandardCharsets.UTF_8));
      at += Long.BYTES + text.length;
    }
    return texts;
  }

  /// All elements as whole numbers; a uint64 above 2^63 is negative, truth values are 0 and 1.
  public long[] longs() {
    long[] values = new long[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = longAt(i);
    }
    return values;
  }

  /// All elements as real numbers.
  public double[] doubles() {
    double[] values = new double[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = doubleAt(i);
    }
    return values;
  }

  long longAt(long index) {
    long at = index * type.bytes();
    return switch (type) {
      case UINT8 -> Byte.toUnsignedLong(bytes.get(ValueLayout.JAVA_BYTE, at));
      case INT8, BOOL -> bytes.get(ValueLayout.JAVA_BYTE, at);
      case UINT16 -> Short.toUnsignedLong(bytes.get(SHORT, at));
      case INT16 -> bytes.get(SHORT, at);
      case UINT32 -> Integer.toUnsignedLong(bytes.get(INT, at));
      case INT32 -> bytes.get(INT, at);
      case UINT64, INT64 -> bytes.get(LONG, at);
      case FLOAT32, FLOAT64 -> (long) doubleAt(index);
      case STRING, ARRAY -> throw new IllegalArgumentException("expected numbers, found " + this);
    };
  }

  private double doubleAt(long index) {
    long at = index * type.bytes();
    return switch (type) {
      case FLOAT32 -> Float.intBitsToFloat(bytes.get(INT, at));
      case FLOAT64 -> Double.longBitsToDouble(bytes.get(LONG, at));
      case UINT64 -> unsigned(bytes.get(LONG, at));
      default -> longAt(index);
    };
  }

  private static double unsigned(long value) {
    return value >= 0 ? value : ((value >>> 1) | (value & 1)) * 2.0;
  }

  /// The one value as Java has it: a `String`, `Boolean`, `Long` (unsigned 64-bit numbers as their
  /// bits) or `Double`; of an array, its elements in a list.
  public Object toJava() {
    if (type == GgufType.STRING) {
      return array ? strings() : strings().getFirst();
    }
    if (array) {
      return type.isInteger()
          ? Arrays.stream(longs()).boxed().toList()
          : type == GgufType.BOOL
              ? Arrays.stream(longs()).mapToObj(value -> value != 0).toList()
              : Arrays.stream(doubles()).boxed().toList();
    }
    if (type == GgufType.BOOL) {
      return longAt(0) != 0;
    }
    return type.isInteger() ? (Object) longAt(0) : (Object) doubleAt(0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GgufValue value
        && type == value.type
        && array == value.array
        && count == value.count
        && bytes.mismatch(value.bytes) == -1;
  }

  @Override
  public int hashCode() {
    return Objects.hash(type, array, count);
  }

  @Override
  public String toString() {
    return array ? "array of %d %s".formatted(count, type) : "%s %s".formatted(type, toJava());
  }
}
