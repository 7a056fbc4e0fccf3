package fathom.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The reward functions of a run with their weights. An answer's reward is the weighted sum.
public final class Rewards {
  private final Map<RewardFunction, Double> weights;

  private Rewards(Map<RewardFunction, Double> weights) {
    this.weights = weights;
  }

  /// The functions that come with Fathom: `accuracy`, `lenient`, `format` and `language` (English).
  public static List<RewardFunction> builtIn() {
    return List.of(
        new AccuracyReward(false),
        new AccuracyReward(true),
        new FormatReward(),
        new LanguageConsistencyReward(Character.UnicodeScript.LATIN));
  }

  /// The functions that `names` names, for example `accuracy=1,format=0.1`, of those available.
  ///
  /// @throws RecipeException if there is no such function, or no such weight
  public static Rewards of(String names, List<RewardFunction> available) {
    Map<RewardFunction, Double> weights = new LinkedHashMap<>();
    for (String part : names.split(",", -1)) {
      String[] pair = part.strip().split("=", -1);
      RewardFunction function =
          available.stream()
              .filter(f -> f.name().equals(pair[0].strip()))
              .findFirst()
              .orElseThrow(
                  () ->
                      new RecipeException(
                          "tasks.rewards",
                          "expected names among "
                              + available.stream().map(RewardFunction::name).toList(),
                          "'" + pair[0].strip() + "'"));
      weights.put(function, weight(part, pair));
    }
    return new Rewards(weights);
  }

  private static double weight(String part, String[] pair) {
    try {
      double weight = pair.length == 1 ? 1 : Double.parseDouble(pair[1]);
      if (pair.length <= 2 && Double.isFinite(weight)) {
        return weight;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new RecipeException("tasks.rewards", "expected name=weight", "'" + part + "'");
  }

  /// The names of the functions, in order.
  List<String> names() {
    List<String> names = new ArrayList<>();
    weights.keySet().forEach(function -> names.add(function.name()));
    return names;
  }

  /// What each function says of an answer, without its weight.
  double[] each(Rollout rollout) {
    return weights.keySet().stream().mapToDouble(function -> function.reward(rollout)).toArray();
  }

  /// The weighted sum of what the functions say.
  double total(double[] each) {
    double total = 0;
    int i = 0;
    for (double weight : weights.values()) {
      total += weight * each[i++];
    }
    return total;
  }
}
