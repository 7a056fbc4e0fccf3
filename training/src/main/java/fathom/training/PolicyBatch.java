package fathom.training;

import fathom.model.TokenScores;
import fathom.model.TrainingBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers packed for one pass, with what the objective needs to know of each row: advantage,
/// weight, and the log-probabilities of the policies before and of reference.
final class PolicyBatch {
  private final TrainingBatch batch;
  private final float[] advantages;
  private final float[] weights;
  private final float[] engineLogProbs;
  private float @Nullable [] oldLogProbs;
  private float @Nullable [] refLogProbs;

  /// One answer that counts.
  ///
  /// @param advantage of all its tokens
  /// @param weight of each of its tokens
  record Part(Rollout rollout, float advantage, float weight) {}

  /// Packs answers.
  PolicyBatch(List<Part> parts) {
    List<MaskedText> texts = parts.stream().map(part -> part.rollout().masked()).toList();
    batch = PackedTexts.batch(texts);
    advantages = new float[batch.ids().length];
    weights = new float[advantages.length];
    engineLogProbs = new float[advantages.length];
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      int end = batch.packing().end(i);
      int first = end - part.rollout().length();
      Arrays.fill(advantages, first, end, part.advantage());
      Arrays.fill(weights, first, end, part.weight());
      float[] known = part.rollout().logProbs();
      System.arraycopy(known, 0, engineLogProbs, first, known.length);
    }
  }

  /// Cuts answers into batches of at most `tokens` rows, but at least one answer.
  static List<PolicyBatch> cut(List<Part> parts, int tokens) {
    List<PolicyBatch> batches = new ArrayList<>();
    List<Part> some = new ArrayList<>();
    int rows = 0;
    for (Part part : parts) {
      int more = part.rollout().masked().rows();
      if (!some.isEmpty() && rows + more > tokens) {
        batches.add(new PolicyBatch(some));
        some = new ArrayList<>();
        rows = 0;
      }
      some.add(part);
      rows += more;
    }
    if (!some.isEmpty()) {
      batches.add(new PolicyBatch(some));
    }
    return batches;
  }

  TrainingBatch batch() {
    return batch;
  }

  int rows() {
    return advantages.length;
  }

  /// Whether a row's target was written by the policy.
  boolean counts(int row) {
    return batch.targets()[row] != TrainingBatch.NO_TARGET;
  }

  float advantage(int row) {
    return advantages[row];
  }

  float weight(int row) {
    return weights[row];
  }

  /// What the engine took a row's log-probability for.
  float engineLogProb(int row) {
    return engineLogProbs[row];
  }

  void setOld(TokenScores scores) {
    oldLogProbs = scores.logProbs();
  }

  void setReference(TokenScores scores) {
    refLogProbs = scores.logProbs();
  }

  /// Of the policy that wrote the answers; as long as it has not moved, `now`.
  float oldLogProb(int row, float now) {
    return oldLogProbs == null ? now : oldLogProbs[row];
  }

  boolean hasReference() {
    return refLogProbs != null;
  }

  /// Of the reference policy; without one, `now`.
  float refLogProb(int row, float now) {
    return refLogProbs == null ? now : refLogProbs[row];
  }
}
