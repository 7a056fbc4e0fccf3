package fathom.server;

import fathom.server.store.StoreException;
import io.helidon.http.HttpException;
import io.helidon.http.Method;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/// Lays the paths, and wraps every handler in what all of them share: the door, the error's form,
/// the log and the metrics.
final class Router {
  private static final System.Logger LOG = System.getLogger(Router.class.getName());

  /// What web servers write down when the client has gone; it never reaches anybody.
  private static final int CLIENT_GONE = 499;

  private final HttpRouting.Builder routing;
  private final Door door;
  private final AccessLog log;
  private final ServerMetrics metrics;
  private final Set<String> paths = new HashSet<>();

  Router(HttpRouting.Builder routing, Door door, AccessLog log, ServerMetrics metrics) {
    this.routing = routing;
    this.door = door;
    this.log = log;
    this.metrics = metrics;
  }

  /// A path for callers with a key.
  void get(String path, Consumer<Exchange> handler) {
    add(Method.GET, path, true, handler);
  }

  /// A path for callers with a key.
  void post(String path, Consumer<Exchange> handler) {
    add(Method.POST, path, true, handler);
  }

  /// A path for callers with a key.
  void delete(String path, Consumer<Exchange> handler) {
    add(Method.DELETE, path, true, handler);
  }

  /// A path for callers with a key.
  void patch(String path, Consumer<Exchange> handler) {
    add(Method.PATCH, path, true, handler);
  }

  /// A path for everybody.
  void open(Method method, String path, Consumer<Exchange> handler) {
    add(method, path, false, handler);
  }

  private void add(Method method, String path, boolean needsCaller, Consumer<Exchange> handler) {
    paths.add(path);
    routing.route(method, path, wrapped(path, needsCaller, handler));
    if (method.equals(Method.GET)) {
      routing.route(Method.HEAD, path, wrapped(path, needsCaller, handler));
    }
  }

  /// Everything else is 404, or 405 where another method would do.
  void finish() {
    for (String path : paths) {
      routing.any(
          path,
          wrapped(
              path,
              false,
              exchange -> {
                throw ApiException.methodNotAllowed("Method not allowed: " + exchange.method());
              }));
    }
    routing.any(
        wrapped(
            "unknown",
            false,
            exchange -> {
              throw ApiException.notFound("Not Found: nothing lies at this path");
            }));
  }

  private Handler wrapped(String route, boolean needsCaller, Consumer<Exchange> handler) {
    return (request, response) -> {
      long begun = System.nanoTime();
      Exchange exchange = new Exchange(request, response);
      response.header("X-Request-Id", exchange.id());
      response.header("X-Content-Type-Options", "nosniff");
      int status = 500;
      try {
        door.checkOrigin(exchange);
        if (needsCaller) {
          exchange.identify(door.identify(exchange));
        }
        handler.accept(exchange);
        status = response.status().code();
      } catch (ApiException e) {
        status = e.status();
        refuse(exchange, e);
      } catch (UncheckedIOException
          | CloseConnectionException
          | io.helidon.common.socket.SocketWriterException e) {
        status = CLIENT_GONE;
        throw new CloseConnectionException("client went away", e);
      } catch (RequestException | HttpException e) {
        status = e instanceof HttpException http ? http.status().code() : 400;
        throw e;
      } catch (StoreException e) {
        LOG.log(Level.ERROR, "request " + exchange.id() + " on " + route, e);
        refuse(exchange, ApiException.internal());
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "request " + exchange.id() + " on " + route, e);
        refuse(exchange, ApiException.internal());
      } finally {
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        metrics.request(route, status, took);
        log.write(exchange, status, took);
      }
    };
  }

  /// An answer that has begun can't become an error any more; breaking it off tells the client at
  /// least that it is cut.
  private static void refuse(Exchange exchange, ApiException error) {
    if (exchange.begun()) {
      throw new CloseConnectionException("answer broke off: " + error.reason(), error);
    }
    exchange.fail(error);
  }
}
