package fathom.server;

import io.helidon.http.Method;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Serves the chat page and the libraries it loads, all from the class path. The content-security
/// policy lets nothing else run and nothing be fetched from anywhere else.
final class Page {
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
          + " manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'; trusted-types dompurify";

  private static final Pattern FILE = Pattern.compile("[a-z0-9-]+\\.(js|css|svg|png|webmanifest)");
  private static final Pattern LIBRARY_FILE =
      Pattern.compile("[A-Za-z0-9_./-]+\\.(js|mjs|css|woff2)");

  /// Where each library lies in its WebJar: group folder, artifact, and the folder below the
  /// version.
  private static final Map<String, String[]> LIBRARIES =
      Map.of(
          "marked", new String[] {"org.webjars.npm", "lib"},
          "dompurify", new String[] {"org.webjars.npm", "dist"},
          "katex", new String[] {"org.webjars.npm", "dist"},
          "highlightjs", new String[] {"org.webjars", "."});

  private static final Map<String, String> TYPES =
      Map.of(
          "js", "text/javascript; charset=utf-8",
          "mjs", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml",
          "png", "image/png",
          "woff2", "font/woff2",
          "webmanifest", "application/manifest+json");

  private final Map<String, String> versions = new HashMap<>();

  Page() {
    LIBRARIES.forEach((name, place) -> versions.put(name, version(place[0], name)));
  }

  void lay(Router router) {
    router.open(Method.GET, "/", this::index);
    router.open(
        Method.GET,
        "/favicon.ico",
        exchange -> resource(exchange, "fathom/server/page/icon-192.png", "png"));
    router.open(Method.GET, "/app/{file}", this::file);
    router.open(Method.GET, "/app/lib/{library}/{+file}", this::library);
  }

  private void index(Exchange exchange) {
    exchange.response().header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    exchange.response().header("Referrer-Policy", "no-referrer");
    exchange.response().header("Cross-Origin-Opener-Policy", "same-origin");
    exchange.response().header("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
    exchange.send(
        200, "text/html; charset=utf-8", bytes("fathom/server/page/index.html").orElseThrow());
  }

  private void file(Exchange exchange) {
    String name = exchange.parameter("file");
    if (!FILE.matcher(name).matches()) {
      throw ApiException.notFound("Not Found: nothing lies at this path");
    }
    resource(exchange, "fathom/server/page/" + name, extension(name));
  }

  private void library(Exchange exchange) {
    String library = exchange.parameter("library");
    String name = exchange.parameter("file");
    String @Nullable [] place = LIBRARIES.get(library);
    if (place == null
        || !LIBRARY_FILE.matcher(name).matches()
        || name.contains("..")
        || name.contains("//")) {
      throw ApiException.notFound("Not Found: nothing lies at this path");
    }
    String folder = place[1].equals(".") ? "" : place[1] + "/";
    String path =
        "META-INF/resources/webjars/" + library + "/" + versions.get(library) + "/" + folder + name;
    resource(exchange, path, extension(name));
  }

  private static String extension(String name) {
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  private void resource(Exchange exchange, String path, String extension) {
    byte[] bytes =
        bytes(path)
            .orElseThrow(() -> ApiException.notFound("Not Found: nothing lies at this path"));
    String tag = "\"" + Digests.sha256(bytes).substring(0, 16) + "\"";
    exchange.response().header("Cache-Control", "no-cache");
    exchange.response().header("ETag", tag);
    if (exchange.header("If-None-Match").filter(tag::equals).isPresent()) {
      exchange.response().status(304);
      exchange.response().send();
      return;
    }
    String type = TYPES.getOrDefault(extension, "application/octet-stream");
    exchange.send(200, type, bytes);
  }

  private static Optional<byte[]> bytes(String path) {
    try (InputStream in = Page.class.getClassLoader().getResourceAsStream(path)) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + path, e);
    }
  }

  /// The version of a WebJar, from the file that Maven put into it.
  private static String version(String group, String artifact) {
    String path = "META-INF/maven/" + group + "/" + artifact + "/pom.properties";
    try (InputStream in = Page.class.getClassLoader().getResourceAsStream(path)) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", "none");
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + path, e);
    }
  }
}
