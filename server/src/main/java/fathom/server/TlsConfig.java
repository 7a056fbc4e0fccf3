package fathom.server;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where the server's certificate lies: a PEM pair (`tls.certificate`, `tls.key`) or a PKCS#12 file
/// (`tls.keystore`, `tls.password`).
///
/// @param certificate PEM file with the chain, or null
/// @param key PEM file with the PKCS#8 private key, or null
/// @param keystore PKCS#12 file, or null
/// @param password the PKCS#12 file's password, or null
public record TlsConfig(
    @Nullable Path certificate,
    @Nullable Path key,
    @Nullable Path keystore,
    @Nullable String password) {

  /// Refuses halves and mixtures.
  public TlsConfig {
    if ((certificate == null) != (key == null)) {
      throw new InvalidConfigException("tls.certificate and tls.key: expected both or none");
    }
    if (certificate != null && keystore != null) {
      throw new InvalidConfigException(
          "tls.certificate and tls.keystore: expected one of them, found both");
    }
    if (password != null && keystore == null) {
      throw new InvalidConfigException("tls.password: expected only beside tls.keystore");
    }
  }

  /// Whether the server speaks TLS at all.
  public boolean enabled() {
    return certificate != null || keystore != null;
  }

  @Override
  public String toString() {
    return "TlsConfig[certificate=" + certificate + ", keystore=" + keystore + "]";
  }
}
