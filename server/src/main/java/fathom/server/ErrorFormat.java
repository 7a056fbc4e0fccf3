package fathom.server;

import tools.jackson.databind.node.ObjectNode;

/// How each protocol writes an error.
enum ErrorFormat {
  /// `{"error":{"message","type","param","code"}}`
  DEEPSEEK,
  /// `{"type":"error","error":{"type","message"}}`
  ANTHROPIC,
  /// `{"error":"message"}`
  OLLAMA;

  /// The protocol that speaks under a path.
  static ErrorFormat of(String path) {
    if (path.startsWith("/v1/messages") || path.startsWith("/anthropic/")) {
      return ANTHROPIC;
    }
    return path.startsWith("/api/") ? OLLAMA : DEEPSEEK;
  }

  /// The error's body.
  ObjectNode body(ApiException error) {
    ObjectNode body = Json.object();
    switch (this) {
      case DEEPSEEK ->
          body.putObject("error")
              .put("message", error.reason())
              .put("type", error.type())
              .put("param", error.param())
              .put(
                  "code",
                  "invalid_request_error".equals(error.type())
                      ? "invalid_request_error"
                      : error.type());
      case ANTHROPIC -> {
        body.put("type", "error");
        body.putObject("error")
            .put("type", anthropicType(error.status()))
            .put("message", error.reason());
      }
      case OLLAMA -> body.put("error", error.reason());
    }
    return body;
  }

  private static String anthropicType(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 402 -> "billing_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 500 -> "api_error";
      case 503 -> "overloaded_error";
      default -> "invalid_request_error";
    };
  }
}
