package fathom.cli;

import java.nio.file.Path;

/// Where commands keep what can be made again: `$XDG_CACHE_HOME/fathom`, else `~/.cache/fathom`.
final class Scratch {
  private Scratch() {}

  static Path folder(String name) {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path root =
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return root.resolve("fathom").resolve(name);
  }
}
