package fathom.server;

import io.helidon.common.tls.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// The server's certificate and key, from PEM or PKCS#12.
final class ServerTls {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----(.*?)-----END PRIVATE KEY-----", Pattern.DOTALL);
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private ServerTls() {}

  /// @throws InvalidConfigException naming the file and what is wrong with it
  static Tls of(TlsConfig config) {
    try {
      char[] password = config.password() == null ? new char[0] : config.password().toCharArray();
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys(config, password), password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return Tls.builder().sslContext(context).build();
    } catch (GeneralSecurityException | IOException e) {
      throw new InvalidConfigException("tls: " + files(config) + ": " + e.getMessage(), e);
    }
  }

  private static String files(TlsConfig config) {
    return config.keystore() == null
        ? config.certificate() + ", " + config.key()
        : String.valueOf(config.keystore());
  }

  private static KeyStore keys(TlsConfig config, char[] password)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    @Nullable Path keystore = config.keystore();
    if (keystore != null) {
      try (InputStream in = Files.newInputStream(keystore)) {
        store.load(in, password);
      }
      return store;
    }
    store.load(null, password);
    Path certificate = required("tls.certificate", config.certificate());
    Path key = required("tls.key", config.key());
    try (InputStream in = Files.newInputStream(certificate)) {
      Collection<? extends Certificate> chain =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      store.setKeyEntry("server", privateKey(key), password, chain.toArray(Certificate[]::new));
    }
    return store;
  }

  private static Path required(String key, @Nullable Path path) {
    if (path == null) {
      throw new InvalidConfigException(key + ": expected a file");
    }
    return path;
  }

  private static PrivateKey privateKey(Path file) throws GeneralSecurityException, IOException {
    Matcher matcher = KEY.matcher(Files.readString(file));
    if (!matcher.find()) {
      throw new InvalidConfigException(
          "tls.key: "
              + file
              + ": expected an unencrypted PKCS#8 key (-----BEGIN PRIVATE KEY-----)");
    }
    byte[] encoded;
    try {
      encoded = Base64.getMimeDecoder().decode(matcher.group(1));
    } catch (IllegalArgumentException e) {
      throw new InvalidConfigException("tls.key: " + file + ": the key is not Base64", e);
    }
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (InvalidKeySpecException e) {
        // The key is of another kind: try the next one.
      }
    }
    throw new InvalidConfigException("tls.key: " + file + ": expected a key of " + ALGORITHMS);
  }
}
