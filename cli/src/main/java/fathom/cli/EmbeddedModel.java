package fathom.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The model that ships in the jar. Weights are mapped from a file, so it is unpacked once: written
/// beside its place, compared with its checksum, renamed. A file there that is damaged, or of
/// another version, is not used.
final class EmbeddedModel {
  /// What stands for the model's path on a command line.
  static final String NAME = "embedded";

  private static final String FILE = "fathom-r1-mini.gguf";

  private final Path folder;

  /// @param folder where to unpack
  EmbeddedModel(Path folder) {
    this.folder = folder;
  }

  /// The path that a user named: this model's file for `embedded`, otherwise the path itself.
  static Path resolve(Path named) {
    return named.toString().equals(NAME)
        ? new EmbeddedModel(Scratch.folder("models")).file()
        : named;
  }

  /// The unpacked file.
  ///
  /// @throws UncheckedIOException if it cannot be written
  Path file() {
    String checksum = checksum();
    Path place = folder.resolve(checksum.substring(0, 16)).resolve(FILE);
    try {
      if (!Files.isRegularFile(place) || !checksum.equals(sha256(Files.readAllBytes(place)))) {
        unpack(place, checksum);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded model cannot be unpacked to " + place, e);
    }
    return place;
  }

  private static void unpack(Path place, String checksum) throws IOException {
    byte[] bytes = resource(FILE);
    String found = sha256(bytes);
    if (!found.equals(checksum)) {
      throw new IOException("expected the checksum %s, found %s".formatted(checksum, found));
    }
    Files.createDirectories(place.getParent());
    Path partial = Files.createTempFile(place.getParent(), FILE, ".part");
    try {
      Files.write(partial, bytes);
      Files.move(
          partial, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /// The checksum that lies beside the model in the jar.
  static String checksum() {
    return new String(resource(FILE + ".sha256"), StandardCharsets.US_ASCII).strip();
  }

  /// The model's size in the jar.
  static int size() {
    return resource(FILE).length;
  }

  private static byte[] resource(String name) {
    try (InputStream stream = EmbeddedModel.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new UsageException("this build has no embedded model; give one by --model");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be read from the jar", e);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
