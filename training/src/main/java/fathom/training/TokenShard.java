package fathom.training;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// Token ids of many documents in one file, memory-mapped.
///
/// Little-endian: the eight characters `FATHOMTK`, then as 64-bit numbers version, bytes of a token
/// (2 or 4), tokens, documents, CRC-32C of the body and two zeros; then the body, which is for each
/// document the number of its first token as a 64-bit number, and all tokens.
public final class TokenShard {
  private static final long MAGIC = 0x4b544d4f48544146L; // "FATHOMTK"
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 64;
  private static final int LARGEST_SHORT_ID = 0xffff;
  private static final int PIECE = 1 << 20;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment bytes;
  private final int tokenBytes;
  private final long tokens;
  private final long documents;
  private final long tokensAt;

  private TokenShard(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
    if (bytes.byteSize() < HEADER_BYTES || bytes.get(LONG, 0) != MAGIC) {
      throw fault("expected a token shard", "something else");
    }
    require("version", VERSION, bytes.get(LONG, 8));
    long width = bytes.get(LONG, 16);
    if (width != Short.BYTES && width != Integer.BYTES) {
      throw fault("expected 2 or 4 bytes for a token", String.valueOf(width));
    }
    tokenBytes = (int) width;
    tokens = bytes.get(LONG, 24);
    documents = bytes.get(LONG, 32);
    long body = bytes.byteSize() - HEADER_BYTES;
    if (tokens < 0 || documents < 0 || documents > body / 8 || tokens > body / tokenBytes) {
      throw fault(
          "expected a whole file of %d tokens and %d documents".formatted(tokens, documents),
          bytes.byteSize() + " bytes");
    }
    require("size of the body", documents * 8 + tokens * tokenBytes, body);
    tokensAt = HEADER_BYTES + documents * 8;
    require("checksum", bytes.get(LONG, 40), checksum(bytes.asSlice(HEADER_BYTES)));
    for (long document = 0; document < documents; document++) {
      long start = documentStart(document);
      if (start < 0 || start > tokens || (document > 0 && start < documentStart(document - 1))) {
        throw fault("expected ascending starts of documents", start + " at " + document);
      }
    }
  }

  /// Maps a shard and checks it; it can be read as long as `arena` lives.
  ///
  /// @throws RecipeException if it is not a whole and undamaged shard
  /// @throws TrainingException if it cannot be read
  public static TokenShard open(Path file, Arena arena) {
    try (FileChannel channel = FileChannel.open(file)) {
      return new TokenShard(
          file, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
    } catch (IOException e) {
      throw new TrainingException("cannot read the token shard " + file, e);
    }
  }

  private void require(String what, long expected, long found) {
    if (expected != found) {
      throw fault("expected %s %d".formatted(what, expected), String.valueOf(found));
    }
  }

  private RecipeException fault(String expected, String found) {
    return new RecipeException(file.toString(), expected, found);
  }

  private static long checksum(MemorySegment body) {
    CRC32C sum = new CRC32C();
    for (long at = 0; at < body.byteSize(); at += PIECE) {
      sum.update(body.asSlice(at, Math.min(PIECE, body.byteSize() - at)).asByteBuffer());
    }
    return sum.getValue();
  }

  /// Tokens of all documents.
  public long tokens() {
    return tokens;
  }

  /// Documents.
  public long documents() {
    return documents;
  }

  /// Number of a document's first token.
  public long documentStart(long document) {
    return bytes.get(LONG, HEADER_BYTES + document * 8);
  }

  /// Copies the ids of tokens `first .. first + count - 1` into `ids`, from place `at` on.
  public void copy(long first, int count, int[] ids, int at) {
    long offset = tokensAt + first * tokenBytes;
    for (int i = 0; i < count; i++, offset += tokenBytes) {
      ids[at + i] =
          tokenBytes == Short.BYTES ? bytes.get(SHORT, offset) & 0xffff : bytes.get(INT, offset);
    }
  }

  /// Writes documents as a new shard.
  ///
  /// @param vocabulary one more than the largest id
  /// @throws TrainingException if the file cannot be written
  static void write(Path file, IdBuffer ids, IdBuffer starts, int vocabulary) {
    int width = vocabulary - 1 <= LARGEST_SHORT_ID ? Short.BYTES : Integer.BYTES;
    CRC32C sum = new CRC32C();
    body(ids, starts, width, sum::update);
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putLong(VERSION).putLong(width);
    header.putLong(ids.size()).putLong(starts.size()).putLong(sum.getValue());
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      writeAll(out, header.rewind());
      body(ids, starts, width, piece -> writeAll(out, piece));
    } catch (IOException e) {
      throw new TrainingException("cannot write the token shard " + file, e);
    }
  }

  private static void writeAll(FileChannel out, ByteBuffer piece) throws IOException {
    while (piece.hasRemaining()) {
      out.write(piece);
    }
  }

  private interface PieceSink<E extends Exception> {
    void accept(ByteBuffer piece) throws E;
  }

  private static <E extends Exception> void body(
      IdBuffer ids, IdBuffer starts, int width, PieceSink<E> sink) throws E {
    pieces(starts, Long.BYTES, sink);
    pieces(ids, width, sink);
  }

  private static <E extends Exception> void pieces(IdBuffer numbers, int width, PieceSink<E> sink)
      throws E {
    int each = PIECE / width;
    for (int first = 0; first < numbers.size(); first += each) {
      int end = Math.min(numbers.size(), first + each);
      ByteBuffer piece = ByteBuffer.allocate((end - first) * width).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = first; i < end; i++) {
        switch (width) {
          case Short.BYTES -> piece.putShort((short) numbers.get(i));
          case Integer.BYTES -> piece.putInt(numbers.get(i));
          default -> piece.putLong(numbers.get(i));
        }
      }
      sink.accept(piece.flip());
    }
  }
}
