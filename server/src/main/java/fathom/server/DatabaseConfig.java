package fathom.server;

import org.jspecify.annotations.Nullable;

/// Where accounts and conversations are kept.
///
/// @param url JDBC URL (`database.url`) of H2 or PostgreSQL; empty = an H2 file in the data folder
/// @param user database user (`database.user`), or null
/// @param password its password (`database.password`), or null
public record DatabaseConfig(String url, @Nullable String user, @Nullable String password) {

  /// Refuses databases whose dialect the server doesn't speak.
  public DatabaseConfig {
    if (!url.isEmpty() && !url.startsWith("jdbc:h2:") && !url.startsWith("jdbc:postgresql:")) {
      throw new InvalidConfigException(
          "database.url: expected jdbc:h2:… or jdbc:postgresql:…, found " + url);
    }
  }

  @Override
  public String toString() {
    return "DatabaseConfig[url=" + url + "]";
  }
}
