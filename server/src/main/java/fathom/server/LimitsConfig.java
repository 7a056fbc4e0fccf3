package fathom.server;

import java.time.Duration;

/// The bounds that every request meets.
///
/// @param bodyBytes largest request body (`limits.body-bytes`); more is answered with 413
/// @param promptTokens longest prompt (`limits.prompt-tokens`), 0 = the model's context; more is
///   answered with 400
/// @param queue requests that may wait for the engine (`limits.queue`); more is answered with 503
/// @param concurrency requests of one key at a time (`limits.concurrency`); more is answered with
///   429
/// @param waiting how long a request waits for its first token (`limits.waiting`) before 503
/// @param total how long a request may take in all (`limits.total`); it then ends with what there
///   is
/// @param connections open TCP connections (`limits.connections`)
/// @param keepAlive pause after which a comment or an empty line tells the client to wait on
///   (`limits.keep-alive`)
public record LimitsConfig(
    int bodyBytes,
    int promptTokens,
    int queue,
    int concurrency,
    Duration waiting,
    Duration total,
    int connections,
    Duration keepAlive) {

  /// Refuses bounds that would let nothing pass.
  public LimitsConfig {
    requireAtLeast("limits.body-bytes", bodyBytes, 1024);
    requireAtLeast("limits.prompt-tokens", promptTokens, 0);
    requireAtLeast("limits.queue", queue, 0);
    requireAtLeast("limits.concurrency", concurrency, 1);
    requireAtLeast("limits.connections", connections, 1);
    requirePositive("limits.waiting", waiting);
    requirePositive("limits.total", total);
    requirePositive("limits.keep-alive", keepAlive);
  }

  private static void requireAtLeast(String key, int found, int least) {
    if (found < least) {
      throw new InvalidConfigException(key + ": expected at least " + least + ", found " + found);
    }
  }

  private static void requirePositive(String key, Duration found) {
    if (!found.isPositive()) {
      throw new InvalidConfigException(key + ": expected a positive duration, found " + found);
    }
  }
}
