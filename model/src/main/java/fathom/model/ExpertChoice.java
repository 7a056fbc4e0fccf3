package fathom.model;

import fathom.tensor.Matrix;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Chooses the experts of one token after the other: the best of all, or the best of the best
/// groups. Of equal scores the lower number wins. Scratch memory, reused.
final class ExpertChoice {
  private final RouterConfig config;
  private final float[] scores;
  private final float[] eligible;
  private final float[] groupScores;
  private final int[] best;
  private final int[] bestGroups;

  ExpertChoice(RouterConfig config) {
    this.config = config;
    scores = new float[config.experts()];
    eligible = new float[config.experts()];
    groupScores = new float[config.groups()];
    best = new int[config.expertsPerToken()];
    bestGroups = new int[config.topGroups()];
  }

  /// Fills in the experts and weights of tokens `from .. end - 1` from their scores.
  void choose(ExpertSelection selection, @Nullable Matrix correctionBias, int from, int end) {
    for (int token = from; token < end; token++) {
      RowOperations.copy(selection.scores().value(), token, scores);
      choose(correctionBias);
      selection.choose(token, best);
      weigh(selection, token);
    }
  }

  /// What is chosen by.
  RouterConfig config() {
    return config;
  }

  /// The best experts by raw score, whatever their groups; valid until the next call.
  int[] bestByScore(float[] raw) {
    takeBest(raw, best);
    return best;
  }

  private void choose(@Nullable Matrix correctionBias) {
    System.arraycopy(scores, 0, eligible, 0, scores.length);
    if (correctionBias != null) {
      for (int expert = 0; expert < eligible.length; expert++) {
        eligible[expert] += correctionBias.get(0, expert);
      }
    }
    if (config.method() != RouterConfig.Method.GREEDY && config.topGroups() < config.groups()) {
      excludeOtherGroups();
    }
    takeBest(eligible, best);
  }

  private void excludeOtherGroups() {
    int size = config.experts() / config.groups();
    for (int group = 0; group < groupScores.length; group++) {
      groupScores[group] = groupScore(group * size, (group + 1) * size);
    }
    takeBest(groupScores, bestGroups);
    Arrays.sort(bestGroups);
    for (int group = 0; group < groupScores.length; group++) {
      if (Arrays.binarySearch(bestGroups, group) < 0) {
        Arrays.fill(eligible, group * size, (group + 1) * size, Float.NEGATIVE_INFINITY);
      }
    }
  }

  /// The best of a group, or the sum of its best two.
  private float groupScore(int from, int to) {
    float first = Float.NEGATIVE_INFINITY;
    float second = Float.NEGATIVE_INFINITY;
    for (int expert = from; expert < to; expert++) {
      if (eligible[expert] > first) {
        second = first;
        first = eligible[expert];
      } else if (eligible[expert] > second) {
        second = eligible[expert];
      }
    }
    boolean sumOfTwo = config.method() == RouterConfig.Method.NOAUX_TC && to - from > 1;
    return sumOfTwo ? first + second : first;
  }

  /// The indices of the largest values, best first; they are distinct even if values are not
  /// numbers.
  private static void takeBest(float[] values, int[] indices) {
    for (int i = 0; i < indices.length; i++) {
      int top = -1;
      for (int index = 0; index < values.length; index++) {
        if (isFree(indices, i, index) && (top < 0 || values[index] > values[top])) {
          top = index;
        }
      }
      indices[i] = top;
    }
  }

  private static boolean isFree(int[] indices, int count, int index) {
    for (int i = 0; i < count; i++) {
      if (indices[i] == index) {
        return false;
      }
    }
    return true;
  }

  /// V3: the raw scores, over their sum if the configuration says so, times the scaling factor. V2:
  /// either over their sum or times the factor.
  private void weigh(ExpertSelection selection, int token) {
    float factor = TopKRouter.factor(config, sumOfChosen(selection, token));
    for (int choice = 0; choice < best.length; choice++) {
      float score = scores[selection.expert(token, choice)];
      selection.weights().set(token, choice, score * factor);
    }
  }

  private float sumOfChosen(ExpertSelection selection, int token) {
    float sum = 0;
    for (int choice = 0; choice < best.length; choice++) {
      sum += scores[selection.expert(token, choice)];
    }
    return sum;
  }
}
