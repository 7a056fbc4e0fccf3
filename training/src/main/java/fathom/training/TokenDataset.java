package fathom.training;

import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// A prepared data set: `train-*.tokens`, `validation-*.tokens` and, in `tokenizer/`, the tokenizer
/// that they were made with. Mapped, not read: a data set may be larger than memory.
public final class TokenDataset implements AutoCloseable {
  static final String TOKENIZER = "tokenizer";
  static final String SUFFIX = ".tokens";

  private final Path directory;
  private final Arena arena = Arena.ofShared();
  private final TokenStream training;
  private final TokenStream validation;
  private final Tokenizer tokenizer;

  private TokenDataset(Path directory) {
    this.directory = directory;
    try {
      tokenizer = Tokenizer.open(directory.resolve(TOKENIZER));
      training = stream("train-");
      validation = stream("validation-");
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /// Whether a directory is a prepared data set.
  public static boolean isDataset(Path directory) {
    return Files.isRegularFile(directory.resolve("train-00000" + SUFFIX));
  }

  /// Opens a prepared data set and checks all of it.
  ///
  /// @throws RecipeException if a file is damaged
  /// @throws TrainingException if a file is missing or cannot be read
  public static TokenDataset open(Path directory) {
    return new TokenDataset(directory);
  }

  private TokenStream stream(String prefix) {
    try (Stream<Path> files = Files.list(directory)) {
      List<TokenShard> shards =
          files
              .filter(f -> f.getFileName().toString().startsWith(prefix))
              .filter(f -> f.getFileName().toString().endsWith(SUFFIX))
              .sorted()
              .map(f -> TokenShard.open(f, arena))
              .toList();
      if (shards.isEmpty()) {
        throw new RecipeException(
            directory.toString(), "expected %s*%s".formatted(prefix, SUFFIX), "none");
      }
      return new TokenStream(shards);
    } catch (IOException e) {
      throw new TrainingException("cannot read the data set " + directory, e);
    }
  }

  /// What is learned from.
  public TokenStream training() {
    return training;
  }

  /// What is held out.
  public TokenStream validation() {
    return validation;
  }

  /// The tokenizer.
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /// The directory.
  public Path directory() {
    return directory;
  }

  @Override
  public void close() {
    arena.close();
  }
}
