package fathom.tensor;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// A codebook of ggml's i-quants: points of a lattice, of which a block stores the numbers.
///
/// The points are read once from the resource `ggml-codebooks.txt`, which says how they lie there.
final class Codebook {
  private static final String RESOURCE = "ggml-codebooks.txt";

  private final byte[] values;
  private final int dimensions;

  private Codebook(byte[] values, int dimensions) {
    this.values = values;
    this.dimensions = dimensions;
  }

  /// Number `i` of point `index`.
  int value(int index, int i) {
    return values[index * dimensions + i];
  }

  /// Numbers of one point: 8 or 4.
  int dimensions() {
    return dimensions;
  }

  static final Codebook IQ2_XXS = named("iq2xxs");
  static final Codebook IQ2_XS = named("iq2xs");
  static final Codebook IQ2_S = named("iq2s");
  static final Codebook IQ3_XXS = named("iq3xxs");
  static final Codebook IQ3_S = named("iq3s");
  static final Codebook IQ1_S = named("iq1s");

  private static Codebook named(String name) {
    Codebook book = Holder.ALL.get(name);
    if (book == null) {
      throw new IllegalStateException(RESOURCE + ": expected a codebook " + name + ", found none");
    }
    return book;
  }

  private static Codebook parse(String head, String hex) {
    List<String> words = List.of(head.substring(1, head.length() - 1).split(" "));
    int bits = Integer.parseInt(words.get(1));
    byte[] packed = HexFormat.of().parseHex(hex);
    byte[] values = new byte[packed.length * (8 / bits)];
    for (int i = 0; i < values.length; i++) {
      int index = (packed[i * bits / 8] >>> (i * bits % 8)) & ((1 << bits) - 1);
      values[i] = Byte.parseByte(words.get(2 + index));
    }
    return new Codebook(values, 16 / bits);
  }

  private static final class Holder {
    private static final Map<String, Codebook> ALL = readAll();

    private static Map<String, Codebook> readAll() {
      Map<String, Codebook> books = new HashMap<>();
      try (InputStream in = Codebook.class.getResourceAsStream(RESOURCE)) {
        if (in == null) {
          throw new IllegalStateException("expected the resource " + RESOURCE + ", found none");
        }
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
        String head = "";
        StringBuilder hex = new StringBuilder();
        for (String line : reader.lines().filter(l -> !l.startsWith("#")).toList()) {
          if (line.startsWith("[")) {
            put(books, head, hex);
            head = line;
          } else {
            hex.append(line);
          }
        }
        put(books, head, hex);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return Map.copyOf(books);
    }

    private static void put(Map<String, Codebook> books, String head, StringBuilder hex) {
      if (!head.isEmpty()) {
        books.put(head.substring(1, head.indexOf(' ')), parse(head, hex.toString()));
      }
      hex.setLength(0);
    }
  }
}
