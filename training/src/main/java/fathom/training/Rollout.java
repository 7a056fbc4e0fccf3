package fathom.training;

import fathom.evaluation.Response;
import fathom.evaluation.Score;
import fathom.evaluation.Task;

/// One answer of the policy to one task.
public final class Rollout {
  private static final String CLOSE = "</think>";

  private final RolloutPrompt prompt;
  private final Response response;
  private final Score score;
  private final String text;
  private final int[] completion;
  private final float[] logProbs;

  /// @param completion the tokens written, the end token included
  /// @param logProbs what the engine took their log-probabilities for; empty if not asked
  /// @param text what they say, without the end token
  /// @param finishReason `stop`, or `length` for an answer that was cut off
  Rollout(
      RolloutPrompt prompt, int[] completion, float[] logProbs, String text, String finishReason) {
    this.prompt = prompt;
    this.completion = completion;
    this.logProbs = logProbs;
    this.text = text;
    String whole = prompt.opensThinking() ? "<think>\n" + text : text;
    response = Response.parse(whole, finishReason, completion.length);
    score = prompt.task().score(response);
  }

  /// The task.
  public Task task() {
    return prompt.task();
  }

  /// The answer, divided into reasoning and content.
  public Response response() {
    return response;
  }

  /// What the task's checker says.
  public Score score() {
    return score;
  }

  /// What was written, as it was written.
  public String text() {
    return text;
  }

  /// Whether the answer was cut off for its length.
  public boolean truncated() {
    return response.finishReason().equals("length");
  }

  /// Tokens of the answer, the end token included.
  public int length() {
    return completion.length;
  }

  /// Tokens of the thinking: all of an answer whose thinking does not end, none of one without.
  int reasoningLength() {
    int close = text.indexOf(CLOSE);
    if (close < 0) {
      return prompt.opensThinking() || text.contains("<think>") ? completion.length : 0;
    }
    return Math.round((float) completion.length * close / text.length());
  }

  float[] logProbs() {
    return logProbs;
  }

  MaskedText masked() {
    return MaskedText.of(prompt.ids(), completion);
  }
}
