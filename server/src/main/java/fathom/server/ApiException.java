package fathom.server;

import org.jspecify.annotations.Nullable;

/// A request that is answered with an error; carries the documented status and the fields of the
/// error's body.
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final @Nullable String param;

  private ApiException(int status, String type, @Nullable String param, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
  }

  /// 400: the body isn't what the API describes.
  public static ApiException format(@Nullable String param, String message) {
    return new ApiException(400, "invalid_request_error", param, message);
  }

  /// 422: the body is well formed, but a value is outside its range.
  public static ApiException parameter(String param, String message) {
    return new ApiException(422, "invalid_request_error", param, message);
  }

  /// 401: no key, or one that nobody knows.
  public static ApiException unauthenticated(String message) {
    return new ApiException(401, "authentication_error", null, message);
  }

  /// 402: the account has nothing left.
  public static ApiException insufficientBalance() {
    return new ApiException(402, "insufficient_balance_error", null, "Insufficient Balance");
  }

  /// 403: a page of another origin, or a host name that isn't ours.
  public static ApiException forbidden(String message) {
    return new ApiException(403, "permission_error", null, message);
  }

  /// 404: nothing lies there.
  public static ApiException notFound(String message) {
    return new ApiException(404, "not_found_error", null, message);
  }

  /// 405: the path knows other methods.
  public static ApiException methodNotAllowed(String message) {
    return new ApiException(405, "invalid_request_error", null, message);
  }

  /// 408: the body came too slowly.
  public static ApiException timeout(String message) {
    return new ApiException(408, "invalid_request_error", null, message);
  }

  /// 409: what the request wants to change has changed meanwhile.
  public static ApiException conflict(String message) {
    return new ApiException(409, "conflict_error", null, message);
  }

  /// 413: the body is larger than the limit.
  public static ApiException tooLarge(long limit) {
    return new ApiException(
        413, "request_too_large", null, "Request body exceeds the limit of " + limit + " bytes");
  }

  /// 429: the key has as many requests running as it may.
  public static ApiException tooMany(String message) {
    return new ApiException(429, "rate_limit_error", null, message);
  }

  /// 500: a defect of the server; the message says nothing about its inside.
  public static ApiException internal() {
    return new ApiException(
        500, "server_error", null, "The server had an error while processing the request");
  }

  /// 503: the queue is full, or the server is stopping.
  public static ApiException overloaded(String message) {
    return new ApiException(503, "service_unavailable_error", null, message);
  }

  /// HTTP status.
  public int status() {
    return status;
  }

  /// The kind of error, as the body names it.
  public String type() {
    return type;
  }

  /// The field of the request that is at fault, or null.
  public @Nullable String param() {
    return param;
  }

  /// The message, never null.
  public String reason() {
    String message = getMessage();
    return message == null ? type : message;
  }
}
