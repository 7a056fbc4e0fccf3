package fathom.server;

import java.time.Duration;

/// What became of one generation, for the log, the account and the metrics.
///
/// @param usage tokens
/// @param finish how it ended: `stop`, `length`, `tool_calls`, `cancelled` or `failed`
/// @param firstToken from the order to the first token
/// @param total from the order to the end
record Outcome(TokenUsage usage, String finish, Duration firstToken, Duration total) {}
