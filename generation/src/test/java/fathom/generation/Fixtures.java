package fathom.generation;

import fathom.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Random;

/// The golden files of the project, and prompts made of nothing but a seed.
final class Fixtures {
  private Fixtures() {}

  static Path path(String name) {
    return Path.of(System.getProperty("fathom.fixtures")).resolve(name);
  }

  static Tokenizer tinyTokenizer() {
    return Tokenizer.open(path("tokenizers/tiny"));
  }

  static int[] prompt(long seed, int length) {
    return new Random(seed).ints(length, 3, 1000).toArray();
  }
}
