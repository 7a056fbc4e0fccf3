package fathom.training;

import fathom.training.GrpoRecipe.Averaging;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// The answers of a step with their rewards and advantages: what is learned from them, and what
/// there is to say about them.
final class RolloutGroups {
  private final List<List<Rollout>> groups;
  private final GrpoRecipe recipe;
  private final List<String> names;
  private final double[][] each;
  private final double[] totals;
  private final List<float[]> advantages = new ArrayList<>();

  RolloutGroups(List<List<Rollout>> groups, Rewards rewards, GrpoRecipe recipe, int step) {
    this.groups = groups;
    this.recipe = recipe;
    names = rewards.names();
    List<Rollout> all = all();
    each = all.parallelStream().map(rewards::each).toArray(double[][]::new);
    totals = new double[all.size()];
    for (int i = 0; i < totals.length; i++) {
      totals[i] = rewards.total(each[i]);
    }
    double[] given = totals.clone();
    if (recipe.tasks().shuffleRewards()) {
      shuffle(given, Permutation.mix(recipe.seed() + step));
    }
    int first = 0;
    for (List<Rollout> group : groups) {
      double[] own = new double[group.size()];
      System.arraycopy(given, first, own, 0, own.length);
      advantages.add(Advantages.of(own, recipe.objective().standardise()));
      first += own.length;
    }
  }

  private static void shuffle(double[] values, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = values.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      double value = values[i];
      values[i] = values[other];
      values[other] = value;
    }
  }

  private List<Rollout> all() {
    return groups.stream().flatMap(List::stream).toList();
  }

  /// Answers of the step.
  int answers() {
    return totals.length;
  }

  /// Tokens that were written.
  long tokens() {
    return all().stream().mapToLong(Rollout::length).sum();
  }

  /// What is learned from, cut into the parts that are each followed by an update, and these into
  /// passes. No parts if no group says anything.
  List<List<PolicyBatch>> cut() {
    List<Integer> kept = new ArrayList<>();
    for (int group = 0; group < groups.size(); group++) {
      if (advantages.get(group).length > 0) {
        kept.add(group);
      }
    }
    int updates = recipe.objective().updates();
    List<List<PolicyBatch>> parts = new ArrayList<>();
    for (int part = 0; part < updates; part++) {
      int from = kept.size() * part / updates;
      int to = kept.size() * (part + 1) / updates;
      List<PolicyBatch> batches =
          PolicyBatch.cut(parts(kept.subList(from, to)), recipe.objective().microTokens());
      if (!batches.isEmpty()) {
        parts.add(batches);
      }
    }
    return parts;
  }

  /// The answers of some groups that count, each token with its weight: the weights of an answer
  /// that was cut off are lost, the others' do not change for it.
  private List<PolicyBatch.Part> parts(List<Integer> some) {
    long answers = some.stream().mapToLong(group -> groups.get(group).size()).sum();
    long tokens =
        some.stream()
            .flatMap(group -> groups.get(group).stream())
            .filter(answer -> !answer.truncated())
            .mapToLong(Rollout::length)
            .sum();
    List<PolicyBatch.Part> parts = new ArrayList<>();
    for (int group : some) {
      for (int i = 0; i < groups.get(group).size(); i++) {
        Rollout answer = groups.get(group).get(i);
        if (!answer.truncated()) {
          boolean byAnswer = recipe.objective().averaging() == Averaging.ANSWER;
          double weight = byAnswer ? 1.0 / answers / answer.length() : 1.0 / tokens;
          parts.add(new PolicyBatch.Part(answer, advantages.get(group)[i], (float) weight));
        }
      }
    }
    return parts;
  }

  /// Adds what there is to say to a line of the metrics.
  void describe(ObjectNode line) {
    List<Rollout> all = all();
    line.put("reward", mean(totals));
    for (int name = 0; name < names.size(); name++) {
      double sum = 0;
      for (double[] one : each) {
        sum += one[name];
      }
      line.put("reward_" + names.get(name), sum / each.length);
    }
    Map<String, Tally> families = new TreeMap<>();
    for (int i = 0; i < totals.length; i++) {
      String family = all.get(i).task().family();
      families.computeIfAbsent(family, f -> new Tally()).add(totals[i]);
    }
    ObjectNode byFamily = line.putObject("reward_by_family");
    families.forEach((family, tally) -> byFamily.put(family, tally.mean()));
    long same = advantages.stream().filter(a -> a.length == 0).count();
    line.put("zero_variance", (double) same / groups.size());
    line.put("truncated", share(all.stream().filter(Rollout::truncated).count()));
    line.put("entropy", entropy(all));
    line.put("length", share(tokens()));
    line.put("reasoning_length", share(all.stream().mapToLong(Rollout::reasoningLength).sum()));
  }

  /// The mean of -log π of tokens that were sampled from π: an unbiased estimate of its entropy.
  private double entropy(List<Rollout> all) {
    double surprise = 0;
    for (Rollout answer : all) {
      for (float logProb : answer.logProbs()) {
        surprise -= logProb;
      }
    }
    return surprise / tokens();
  }

  private double share(long count) {
    return (double) count / totals.length;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /// A sum and a count.
  static final class Tally {
    private double sum;
    private int count;

    void add(double value) {
      sum += value;
      count++;
    }

    double mean() {
      return count == 0 ? 0 : sum / count;
    }
  }
}
