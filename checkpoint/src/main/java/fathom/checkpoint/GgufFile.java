package fathom.checkpoint;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A GGUF file (version 2 or 3, little-endian), mapped; or the whole of a set that was split into
/// several files, given by its first one. Dimensions are turned into row-major order.
///
/// Of a split set only the first file has metadata; every file has `split.no`, `split.count` and
/// `split.tensors.count`, and is named `NAME-00001-of-00003.gguf`.
public final class GgufFile {
  private static final Pattern SPLIT_NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  private final Path path;
  private final int version;
  private final GgufMetadata metadata;
  private final Map<String, TensorEntry> tensors;

  private GgufFile(
      Path path, int version, GgufMetadata metadata, Map<String, TensorEntry> tensors) {
    this.path = path;
    this.version = version;
    this.metadata = metadata;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /// Maps and checks a file, or all files of a split set; the tensors live as long as `arena`.
  ///
  /// @throws MalformedCheckpointException if it is not a whole and consistent GGUF file, or if it
  ///   is one of a split set, but not the first, or the set is not complete
  public static GgufFile open(Path path, Arena arena) {
    GgufFile first = openOne(path, arena);
    int count = first.metadata.count("split.count").orElse(1);
    if (count <= 1) {
      return first;
    }
    requireSplit(first, 0, count);
    Map<String, TensorEntry> tensors = new LinkedHashMap<>(first.tensors);
    for (Path sibling : siblings(path, count)) {
      GgufFile part = openOne(sibling, arena);
      requireSplit(part, part.splitNumberByName(), count);
      for (TensorEntry tensor : part.tensors.values()) {
        if (tensors.put(tensor.name(), tensor) != null) {
          throw MalformedCheckpointException.in(
              sibling, tensor.name(), "expected each tensor once in the set, found it twice");
        }
      }
    }
    int expected = first.metadata.count("split.tensors.count").orElse(tensors.size());
    if (expected != tensors.size()) {
      throw MalformedCheckpointException.in(
          path,
          "split.tensors.count",
          "expected %d tensors in the set, found %d".formatted(expected, tensors.size()));
    }
    return new GgufFile(path, first.version, first.metadata, tensors);
  }

  private static GgufFile openOne(Path path, Arena arena) {
    GgufReader reader = new GgufReader(MappedFile.map(path, arena));
    return new GgufFile(
        path, reader.version(), new GgufMetadata(path, reader.metadata()), reader.tensors());
  }

  private static void requireSplit(GgufFile part, int number, int count) {
    int foundNumber = part.metadata.count("split.no").orElse(-1);
    int foundCount = part.metadata.count("split.count").orElse(-1);
    if (foundNumber != number || foundCount != count) {
      throw MalformedCheckpointException.in(
          part.path,
          "split.no",
          "expected file %d of a set of %d, found %d of %d"
              .formatted(number, count, foundNumber, foundCount));
    }
  }

  private int splitNumberByName() {
    Matcher name = SPLIT_NAME.matcher(path.getFileName().toString());
    return name.matches() ? Integer.parseInt(name.group(2)) - 1 : -1;
  }

  private static List<Path> siblings(Path first, int count) {
    Matcher name = SPLIT_NAME.matcher(first.getFileName().toString());
    if (!name.matches() || count > 99_999) {
      throw MalformedCheckpointException.in(
          first,
          "split.count",
          "expected a name such as NAME-00001-of-%05d.gguf for a set of %d files"
              .formatted(count, count));
    }
    List<Path> siblings = new ArrayList<>();
    for (int number = 1; number < count; number++) {
      siblings.add(first.resolveSibling(splitName(name.group(1), number, count)));
    }
    return siblings;
  }

  /// Name of file `number` (from 0) of a split set.
  static String splitName(String prefix, int number, int count) {
    return "%s-%05d-of-%05d.gguf".formatted(prefix, number + 1, count);
  }

  /// The file, or the first of the set.
  public Path path() {
    return path;
  }

  /// 2 or 3.
  public int version() {
    return version;
  }

  /// The metadata, of a set those of the first file.
  public GgufMetadata metadata() {
    return metadata;
  }

  /// All tensors by name, in the order of the file.
  public Map<String, TensorEntry> tensors() {
    return tensors;
  }
}
