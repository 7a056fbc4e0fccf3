package fathom.server;

import fathom.generation.TokenLogProbabilities;
import fathom.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes log-probabilities as the API shows them: token text, its bytes, and the alternatives.
final class LogProbabilityWriter {
  /// What the API shows for a token that can't occur.
  private static final float LEAST = -9999;

  private final Tokenizer tokenizer;

  LogProbabilityWriter(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /// The `logprobs` of a chat's chunk.
  ObjectNode chat(String section, List<TokenLogProbabilities> tokens) {
    ObjectNode node = Json.object();
    add(node.putArray(section), tokens);
    return node;
  }

  /// Adds tokens to a `content` array.
  void add(ArrayNode array, List<TokenLogProbabilities> tokens) {
    for (TokenLogProbabilities token : tokens) {
      ObjectNode entry = entry(token.id(), token.logProbability());
      ArrayNode top = entry.putArray("top_logprobs");
      token.top().forEach(candidate -> top.add(entry(candidate.id(), candidate.logProbability())));
      array.add(entry);
    }
  }

  private ObjectNode entry(int id, float logProbability) {
    byte[] bytes = tokenizer.bytes(id);
    ObjectNode entry = Json.object().put("token", text(id)).put("logprob", finite(logProbability));
    ArrayNode array = entry.putArray("bytes");
    for (byte b : bytes) {
      array.add(b & 0xff);
    }
    return entry;
  }

  /// A token's text for people; halves of characters show as U+FFFD.
  String text(int id) {
    return new String(tokenizer.bytes(id), StandardCharsets.UTF_8);
  }

  /// JSON has no infinity.
  static float finite(float value) {
    return Float.isFinite(value) ? value : LEAST;
  }
}
