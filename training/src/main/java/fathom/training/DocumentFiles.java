package fathom.training;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The documents of files: a text file is one document, a line of a JSONL file is one, a row of a
/// CSV or Parquet file is one. Directories are read in the order of their names.
final class DocumentFiles {
  private static final List<String> TEXT = List.of(".txt", ".text", ".md", ".tex", ".rst", "");
  private static final List<String> FIELDS = List.of("text", "content", "document", "story");
  private static final JsonMapper JSON = new JsonMapper();

  private final List<Path> files;

  /// All files of the inputs that can be read.
  ///
  /// @throws RecipeException if there are none
  static DocumentFiles of(List<Path> inputs) {
    List<Path> files = new ArrayList<>();
    for (Path input : inputs) {
      if (!Files.isDirectory(input)) {
        files.add(input);
        continue;
      }
      try (Stream<Path> walk = Files.walk(input)) {
        walk.filter(Files::isRegularFile)
            .filter(DocumentFiles::isKnown)
            .sorted()
            .forEach(files::add);
      } catch (IOException e) {
        throw new TrainingException("cannot read " + input, e);
      }
    }
    if (files.isEmpty()) {
      throw new RecipeException(
          "data", "expected text, .jsonl, .csv or .parquet files in " + inputs, "none");
    }
    return new DocumentFiles(files);
  }

  private DocumentFiles(List<Path> files) {
    this.files = List.copyOf(files);
  }

  private static String suffix(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? "" : name.substring(dot);
  }

  private static boolean isTable(String suffix) {
    return suffix.equals(".csv") || suffix.equals(".tsv") || suffix.equals(".parquet");
  }

  private static boolean isKnown(Path file) {
    String suffix = suffix(file);
    boolean hidden = file.getFileName().toString().startsWith(".");
    return !hidden
        && !file.getFileName().toString().startsWith("README")
        && (TEXT.contains(suffix) || isTable(suffix) || isLines(suffix));
  }

  private static boolean isLines(String suffix) {
    return suffix.equals(".jsonl") || suffix.equals(".ndjson");
  }

  /// Hands over every document, always in the same order.
  ///
  /// @throws TrainingException if a file cannot be read
  /// @throws RecipeException if a file is not what its name says
  void forEach(Consumer<String> sink) {
    for (Path file : files) {
      try {
        String suffix = suffix(file);
        if (isLines(suffix)) {
          readLines(file, sink);
        } else if (isTable(suffix)) {
          TableFile.read(file, FIELDS, sink);
        } else {
          sink.accept(Files.readString(file, StandardCharsets.UTF_8));
        }
      } catch (CharacterCodingException e) {
        throw new RecipeException(file.toString(), "expected text in UTF-8", "other bytes");
      } catch (IOException e) {
        throw new TrainingException("cannot read " + file, e);
      }
    }
  }

  private static void readLines(Path file, Consumer<String> sink) throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      long number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          sink.accept(text(file, number, line));
        }
      }
    }
  }

  private static String text(Path file, long number, String line) {
    String place = file + ", line " + number;
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JacksonException e) {
      throw new RecipeException(place, "expected one JSON value", e.getOriginalMessage());
    }
    if (node.isString()) {
      return node.stringValue();
    }
    for (String field : FIELDS) {
      if (node.path(field).isString()) {
        return node.path(field).stringValue();
      }
    }
    throw new RecipeException(
        place, "expected a string in one of " + FIELDS, String.valueOf(node.getNodeType()));
  }
}
