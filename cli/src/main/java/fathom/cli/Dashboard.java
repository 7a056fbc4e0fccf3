package fathom.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import fathom.training.RecipeException;
import fathom.training.RunMetrics;
import fathom.training.TrainingException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The dashboard's server: a page, the list of runs, and the metrics of a run from a line on. It
/// reads what runs have written and never writes itself.
///
/// Only names that the folder itself has are looked up, so that no request reaches another file.
final class Dashboard implements AutoCloseable {
  private static final String PAGE = "dashboard.html";

  private final Path folder;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /// Serves the runs in a folder, or the one run that the folder is.
  ///
  /// @throws UsageException if the address cannot be listened on
  Dashboard(Path folder, String host, int port) throws IOException {
    this.folder = folder;
    try {
      server = HttpServer.create(new InetSocketAddress(host, port), 16);
    } catch (UnknownHostException | java.net.BindException | IllegalArgumentException e) {
      throw new UsageException(
          "dashboard: expected an address that is free, found %s:%d (%s)"
              .formatted(host, port, e.getMessage()));
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /// Where a browser finds the page.
  String address() {
    InetSocketAddress bound = server.getAddress();
    return "http://%s:%d/".formatted(bound.getHostString(), bound.getPort());
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        send(exchange, 405, "text/plain", "only GET\n");
        return;
      }
      URI uri = exchange.getRequestURI();
      switch (uri.getPath()) {
        case "/" -> send(exchange, 200, "text/html", page());
        case "/runs.json" -> send(exchange, 200, "application/json", list().toString());
        case "/metrics.json" -> metrics(exchange, uri);
        default -> send(exchange, 404, "text/plain", "nothing here\n");
      }
    } catch (TrainingException | RecipeException e) {
      send(exchange, 500, "text/plain", e.getMessage() + "\n");
    }
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    exchange
        .getResponseHeaders()
        .set(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
                + " connect-src 'self'");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static String page() throws IOException {
    try (InputStream in = Dashboard.class.getResourceAsStream(PAGE)) {
      if (in == null) {
        throw new IllegalStateException("dashboard: expected the resource " + PAGE);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private List<RunMetrics> runs() {
    return Files.exists(folder.resolve("run.json"))
        ? List.of(RunMetrics.of(folder))
        : RunMetrics.in(folder);
  }

  private static String name(RunMetrics run) {
    return String.valueOf(run.path().toAbsolutePath().normalize().getFileName());
  }

  private ArrayNode list() {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (RunMetrics run : runs()) {
      ObjectNode node = list.addObject();
      node.put("name", name(run));
      node.put("kind", run.kind());
      node.put("steps", run.plannedSteps());
      node.put("lines", run.lines().size());
    }
    return list;
  }

  private void metrics(HttpExchange exchange, URI uri) throws IOException {
    String wanted = parameter(uri, "run").orElse("");
    Optional<RunMetrics> run = runs().stream().filter(r -> name(r).equals(wanted)).findFirst();
    int from = parameter(uri, "from").map(Dashboard::count).orElse(0);
    if (run.isEmpty() || from < 0) {
      send(exchange, 404, "text/plain", "no such run, or line\n");
      return;
    }
    List<JsonNode> lines = run.get().lines();
    ArrayNode node = JsonNodeFactory.instance.arrayNode();
    node.addAll(lines.subList(Math.min(from, lines.size()), lines.size()));
    send(exchange, 200, "application/json", node.toString());
  }

  /// A count, or -1 for anything else.
  private static int count(String text) {
    return text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
  }

  private static Optional<String> parameter(URI uri, String name) {
    String query = uri.getRawQuery();
    for (String pair : query == null ? new String[0] : query.split("&", 8)) {
      if (pair.startsWith(name + "=")) {
        String value = pair.substring(name.length() + 1);
        try {
          return Optional.of(URLDecoder.decode(value, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
