package fathom.cli;

import fathom.server.ServerConfig;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Settings of the service: a file, the environment (`FATHOM_SERVER_...`), and flags over both.
final class ServerSettings {
  @Option(names = "--config", paramLabel = "FILE", description = "A file of settings, key = value.")
  @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One setting, for example limits.queue=64; may be repeated.")
  Map<String, String> settings = new LinkedHashMap<>();

  /// The checked settings, with further flags laid over them.
  ServerConfig read(Map<String, String> flags) throws IOException {
    Map<String, String> all = new LinkedHashMap<>(settings);
    all.putAll(flags);
    return ServerConfig.layered(file(), System.getenv(), all);
  }

  private Map<String, String> file() throws IOException {
    if (config == null) {
      return Map.of();
    }
    Properties properties = new Properties();
    properties.load(new StringReader(Files.readString(config)));
    Map<String, String> all = new LinkedHashMap<>();
    properties.stringPropertyNames().forEach(key -> all.put(key, properties.getProperty(key)));
    return all;
  }
}
