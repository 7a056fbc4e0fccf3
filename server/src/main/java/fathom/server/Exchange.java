package fathom.server;

import io.helidon.http.HeaderNames;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One request and its answer, with the limits of reading and the forms of writing in one place.
final class Exchange {
  /// A body that takes longer than this is a client that holds a connection, not one that sends.
  private static final Duration BODY_TIME = Duration.ofSeconds(60);

  private static final int CHUNK = 16_384;

  private final ServerRequest request;
  private final ServerResponse response;
  private final String id = "req_" + UUID.randomUUID().toString().replace("-", "");
  private final ErrorFormat errors;
  private @Nullable Caller caller;
  private @Nullable Outcome outcome;
  private boolean begun;

  Exchange(ServerRequest request, ServerResponse response) {
    this.request = request;
    this.response = response;
    this.errors = ErrorFormat.of(request.path().path());
  }

  String id() {
    return id;
  }

  String method() {
    return request.prologue().method().text();
  }

  String path() {
    return request.path().path();
  }

  ServerRequest request() {
    return request;
  }

  ServerResponse response() {
    return response;
  }

  /// A parameter of the path's pattern.
  String parameter(String name) {
    return request.path().pathParameters().get(name);
  }

  /// A parameter of the query, with a default.
  String query(String name, String fallback) {
    return request.query().first(name).orElse(fallback);
  }

  /// A header, if it was sent.
  Optional<String> header(String name) {
    return request.headers().first(HeaderNames.create(name));
  }

  /// A cookie's value, or an empty text.
  String cookie(String name) {
    return request.headers().cookies().first(name).orElse("");
  }

  /// Who sends this; known after [#identify].
  Caller caller() {
    Caller known = caller;
    if (known == null) {
      throw ApiException.unauthenticated("Authentication Fails (no API key)");
    }
    return known;
  }

  /// The caller's id for the log, `-` before anybody is known.
  String callerId() {
    Caller known = caller;
    return known == null ? "-" : known.id();
  }

  void identify(Caller known) {
    caller = known;
  }

  Optional<Outcome> outcome() {
    return Optional.ofNullable(outcome);
  }

  void finished(Outcome known) {
    outcome = known;
  }

  /// The body as a JSON object.
  ///
  /// @throws ApiException 400, 408 or 413
  Fields body(int limit) {
    return Json.fields(bytes(limit));
  }

  /// The body, at most `limit` bytes of it.
  ///
  /// @throws ApiException 408 if it comes too slowly, 413 if it is too long
  byte[] bytes(int limit) {
    OptionalLong announced = request.headers().contentLength();
    if (announced.isPresent() && announced.getAsLong() > limit) {
      throw ApiException.tooLarge(limit);
    }
    if (!request.content().hasEntity()) {
      return new byte[0];
    }
    long deadline = System.nanoTime() + BODY_TIME.toNanos();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = request.content().inputStream()) {
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        all.write(chunk, 0, n);
        if (all.size() > limit) {
          throw ApiException.tooLarge(limit);
        }
        if (System.nanoTime() - deadline > 0) {
          throw ApiException.timeout(
              "The body took longer than " + BODY_TIME.toSeconds() + " seconds");
        }
      }
    } catch (ApiException | RequestException | CloseConnectionException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The HTTP layer reports broken chunks with exceptions of many kinds, and all of them are the
      // sender's doing.
      throw ApiException.format(null, "Invalid Format: the body is broken or broke off");
    }
    return all.toByteArray();
  }

  /// Answers with JSON.
  void json(int status, JsonNode body) {
    send(status, "application/json", Json.bytes(body));
  }

  /// Answers with bytes of any type.
  void send(int status, String type, byte[] bytes) {
    response.status(Status.create(status));
    response.header(HeaderNames.CONTENT_TYPE, type);
    response.send(bytes);
  }

  /// Whether the answer has begun, so that its status can't be changed any more.
  boolean begun() {
    return begun || response.isSent();
  }

  /// Answers with an error in the protocol of the path, unless the answer has already begun.
  void fail(ApiException error) {
    if (response.isSent()) {
      return;
    }
    if (error.status() == 401) {
      response.header("WWW-Authenticate", "Bearer");
    }
    if (error.status() == 429 || error.status() == 503) {
      response.header("Retry-After", "1");
    }
    if (error.status() == 413 || error.status() == 408 || error.status() == 400) {
      // The rest of the body may not have been read: the connection isn't used again.
      response.header("Connection", "close");
    }
    json(error.status(), errors.body(error));
  }

  /// The error's body in the protocol of the path, for streams that have begun.
  JsonNode errorBody(ApiException error) {
    return errors.body(error);
  }

  /// Begins a stream of server-sent events.
  SseStream events() {
    response.header("Cache-Control", "no-cache");
    response.header("X-Accel-Buffering", "no");
    return new SseStream(stream("text/event-stream; charset=utf-8"));
  }

  /// Begins a body that is written piece by piece.
  OutputStream stream(String type) {
    response.status(Status.OK_200);
    response.header(HeaderNames.CONTENT_TYPE, type);
    begun = true;
    return response.outputStream();
  }
}
