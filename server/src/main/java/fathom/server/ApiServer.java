package fathom.server;

import fathom.server.store.AccountStore;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// The running service: all APIs and the chat page behind one address. Closing it drains.
public final class ApiServer implements AutoCloseable {
  private static final int MAX_HEADERS = 32 * 1024;
  private static final int MAX_REQUEST_LINE = 8 * 1024;
  private static final Duration READ_TIME = Duration.ofSeconds(60);

  private final ServerConfig config;
  private final Stores stores;
  private final Gate gate;
  private final ServerMetrics metrics;
  private final ChatApp app;
  private final WebServer server;
  private boolean closed;

  private ApiServer(
      ServerConfig config, ServedModel model, Consumer<String> accessLog, Clock clock) {
    this.config = config;
    this.stores = Stores.open(config, clock);
    this.gate = new Gate(config.limits().queue() + 1, config.limits().concurrency());
    this.metrics = new ServerMetrics();
    Generations generations = new Generations(model, config, gate, metrics, stores.accounts());
    this.app = new ChatApp(generations, config, stores, clock);
    HttpRouting.Builder routing = HttpRouting.builder();
    Door door = new Door(config, stores.accounts());
    Router router = new Router(routing, door, new AccessLog(accessLog, clock), metrics);
    lay(router, generations, door, clock);
    this.server = build(routing);
  }

  /// Opens the port and serves until [#close()].
  ///
  /// @param config checked settings
  /// @param modelId the name under which the model is served
  /// @param source the engine; it stays the caller's to close, after the server
  /// @param accessLog gets one JSON line per request, from any thread
  /// @throws InvalidConfigException if the certificate can't be read or the model has no chat
  ///   template
  /// @throws fathom.server.store.StoreException if the database can't be opened
  public static ApiServer start(
      ServerConfig config, String modelId, ReplySource source, Consumer<String> accessLog) {
    Clock clock = Clock.systemUTC();
    ServedModel model =
        ServedModel.of(
            modelId, clock.instant().getEpochSecond(), source, config.access().aliases());
    ApiServer server = new ApiServer(config, model, accessLog, clock);
    try {
      server.server.start();
    } catch (RuntimeException e) {
      server.app.close();
      server.stores.close();
      server.metrics.close();
      throw e;
    }
    return server;
  }

  private void lay(Router router, Generations generations, Door door, Clock clock) {
    DeepSeekChat chat = new DeepSeekChat(generations, config.limits(), clock);
    Completions completions = new Completions(generations, config.limits(), clock);
    for (String base : List.of("", "/v1", "/beta", "/beta/v1")) {
      router.post(base + "/chat/completions", chat::handle);
      router.post(base + "/completions", completions::handle);
    }
    new Operations(generations, config, stores, gate, metrics).lay(router);
    new ResponsesApi(generations, config.limits(), clock).lay(router);
    new AnthropicMessages(generations, config.limits()).lay(router);
    new OllamaApi(generations, config.limits(), clock).lay(router);
    app.lay(router, door);
    new Page().lay(router);
    router.finish();
  }

  private WebServer build(HttpRouting.Builder routing) {
    WebServerConfig.Builder builder = WebServer.builder();
    builder
        .host(config.host())
        .port(config.port())
        .shutdownHook(false)
        .maxTcpConnections(config.limits().connections())
        .idleConnectionTimeout(Duration.ofMinutes(5))
        .shutdownGracePeriod(Duration.ofSeconds(1))
        .connectionOptions(options -> options.readTimeout(READ_TIME).tcpNoDelay(true))
        .directHandlers(ProtocolErrors.all())
        .addConnectionSelector(
            new WatchedConnections(
                Http1ConnectionSelector.builder()
                    .config(
                        Http1Config.builder()
                            .maxHeadersSize(MAX_HEADERS)
                            .maxPrologueLength(MAX_REQUEST_LINE)
                            .buildPrototype())
                    .build()))
        .routing(routing);
    if (config.tls().enabled()) {
      builder.tls(ServerTls.of(config.tls()));
    }
    return builder.build();
  }

  /// The port that is open.
  public int port() {
    return server.port();
  }

  /// The address to give to people.
  public URI address() {
    String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
    return URI.create(
        (config.tls().enabled() ? "https://" : "http://") + host + ":" + port() + "/");
  }

  /// Keys and balances, for the command line.
  public AccountStore accounts() {
    return stores.accounts();
  }

  /// Takes no new requests, lets running ones finish for as long as the configuration grants, then
  /// cancels them and closes everything but the engine.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    gate.drain(config.access().drain());
    app.close();
    server.stop();
    gate.drain(Duration.ofSeconds(2));
    stores.close();
    metrics.close();
  }
}
