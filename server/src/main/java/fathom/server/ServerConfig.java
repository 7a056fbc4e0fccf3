package fathom.server;

import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Everything that can be set about the service, checked as a whole before a port is opened.
///
/// @param host address to listen on (`host`)
/// @param port port (`port`), 0 = any free one
/// @param dataFolder where the database lies (`data-folder`)
/// @param access who may use the service
/// @param limits bounds on requests
/// @param tls certificate, if any
/// @param database where accounts and conversations are kept
/// @param price what tokens cost
public record ServerConfig(
    String host,
    int port,
    Path dataFolder,
    AccessConfig access,
    LimitsConfig limits,
    TlsConfig tls,
    DatabaseConfig database,
    PriceConfig price) {

  /// Every key with its default; a key that isn't here is an error.
  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("host", "127.0.0.1"),
          Map.entry("port", "8080"),
          Map.entry("data-folder", "fathom-data"),
          Map.entry("access.keys", "false"),
          Map.entry("access.hosts", ""),
          Map.entry("access.drain", "PT30S"),
          Map.entry("access.aliases", ""),
          Map.entry("limits.body-bytes", "8388608"),
          Map.entry("limits.prompt-tokens", "0"),
          Map.entry("limits.queue", "256"),
          Map.entry("limits.concurrency", "64"),
          Map.entry("limits.waiting", "PT10M"),
          Map.entry("limits.total", "PT2H"),
          Map.entry("limits.connections", "1024"),
          Map.entry("limits.keep-alive", "PT5S"),
          Map.entry("tls.certificate", ""),
          Map.entry("tls.key", ""),
          Map.entry("tls.keystore", ""),
          Map.entry("tls.password", ""),
          Map.entry("database.url", ""),
          Map.entry("database.user", ""),
          Map.entry("database.password", ""),
          Map.entry("price.currency", "USD"),
          Map.entry("price.cache-hit", "0"),
          Map.entry("price.cache-miss", "0"),
          Map.entry("price.output", "0"));

  private static final String ENVIRONMENT_PREFIX = "FATHOM_SERVER_";

  /// Refuses to serve strangers without keys.
  public ServerConfig {
    if (port < 0 || port > 65535) {
      throw new InvalidConfigException("port: expected 0 to 65535, found " + port);
    }
    if (!access.keys() && !isLoopback(host)) {
      throw new InvalidConfigException(
          "host: without keys the server listens on loopback only (127.0.0.1, ::1, localhost), found "
              + host
              + "; set access.keys = true to serve other machines");
    }
  }

  /// The defaults.
  public static ServerConfig defaults() {
    return of(Map.of());
  }

  /// Reads one map of settings over the defaults.
  ///
  /// @throws InvalidConfigException at an unknown key or a value out of its range
  public static ServerConfig of(Map<String, String> settings) {
    Map<String, String> all = new TreeMap<>(DEFAULTS);
    settings.forEach((key, value) -> put(all, key, value, "setting"));
    return read(all);
  }

  /// Lays flags over the environment over the file over the defaults. Variables of the environment
  /// are the keys in capitals after `FATHOM_SERVER_`, dots and dashes as underscores
  /// (`FATHOM_SERVER_LIMITS_BODY_BYTES`); others are not ours.
  ///
  /// @throws InvalidConfigException at an unknown key or a value out of its range
  public static ServerConfig layered(
      Map<String, String> file, Map<String, String> environment, Map<String, String> flags) {
    Map<String, String> all = new TreeMap<>(DEFAULTS);
    file.forEach((key, value) -> put(all, key, value, "file"));
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(ENVIRONMENT_PREFIX)) {
            put(all, keyOfVariable(name), value, "environment");
          }
        });
    flags.forEach((key, value) -> put(all, key, value, "flag"));
    return read(all);
  }

  /// Every key that may be set, in alphabetical order.
  public static List<String> keys() {
    return DEFAULTS.keySet().stream().sorted().toList();
  }

  private static String keyOfVariable(String name) {
    for (String key : DEFAULTS.keySet()) {
      String variable =
          ENVIRONMENT_PREFIX + key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
      if (variable.equals(name)) {
        return key;
      }
    }
    throw new InvalidConfigException(
        "environment: unknown variable " + name + "; known keys are " + keys());
  }

  private static void put(Map<String, String> all, String key, String value, String source) {
    if (!DEFAULTS.containsKey(key)) {
      throw new InvalidConfigException(
          source + ": unknown key '" + key + "'; known keys are " + keys());
    }
    all.put(key, value.strip());
  }

  private static ServerConfig read(Map<String, String> all) {
    return new ServerConfig(
        text(all, "host"),
        integer(all, "port"),
        Path.of(text(all, "data-folder")),
        new AccessConfig(
            bool(all, "access.keys"),
            list(all, "access.hosts"),
            duration(all, "access.drain"),
            list(all, "access.aliases")),
        new LimitsConfig(
            integer(all, "limits.body-bytes"),
            integer(all, "limits.prompt-tokens"),
            integer(all, "limits.queue"),
            integer(all, "limits.concurrency"),
            duration(all, "limits.waiting"),
            duration(all, "limits.total"),
            integer(all, "limits.connections"),
            duration(all, "limits.keep-alive")),
        new TlsConfig(
            path(all, "tls.certificate"),
            path(all, "tls.key"),
            path(all, "tls.keystore"),
            optional(all, "tls.password")),
        new DatabaseConfig(
            text(all, "database.url"),
            optional(all, "database.user"),
            optional(all, "database.password")),
        new PriceConfig(
            text(all, "price.currency"),
            decimal(all, "price.cache-hit"),
            decimal(all, "price.cache-miss"),
            decimal(all, "price.output")));
  }

  private static String text(Map<String, String> all, String key) {
    String value = all.get(key);
    return value == null ? "" : value;
  }

  private static @Nullable String optional(Map<String, String> all, String key) {
    String value = text(all, key);
    return value.isEmpty() ? null : value;
  }

  private static @Nullable Path path(Map<String, String> all, String key) {
    String value = text(all, key);
    return value.isEmpty() ? null : Path.of(value);
  }

  private static List<String> list(Map<String, String> all, String key) {
    List<String> parts = new ArrayList<>();
    for (String part : text(all, key).split(",", -1)) {
      if (!part.isBlank()) {
        parts.add(part.strip());
      }
    }
    return parts;
  }

  private static boolean bool(Map<String, String> all, String key) {
    return switch (text(all, key)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw invalid(key, "true or false", text(all, key));
    };
  }

  private static int integer(Map<String, String> all, String key) {
    try {
      return Integer.parseInt(text(all, key));
    } catch (NumberFormatException e) {
      throw new InvalidConfigException(
          key + ": expected a whole number, found '" + text(all, key) + "'", e);
    }
  }

  private static BigDecimal decimal(Map<String, String> all, String key) {
    try {
      return new BigDecimal(text(all, key));
    } catch (NumberFormatException e) {
      throw new InvalidConfigException(
          key + ": expected a decimal number, found '" + text(all, key) + "'", e);
    }
  }

  private static Duration duration(Map<String, String> all, String key) {
    try {
      return Duration.parse(text(all, key));
    } catch (DateTimeParseException e) {
      throw new InvalidConfigException(
          key + ": expected an ISO duration such as PT30S, found '" + text(all, key) + "'", e);
    }
  }

  private static InvalidConfigException invalid(String key, String expected, String found) {
    return new InvalidConfigException(key + ": expected " + expected + ", found '" + found + "'");
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new InvalidConfigException(
          "host: expected an address of this machine, found " + host, e);
    }
  }
}
