package fathom.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/// What a suite's transcripts come to.
///
/// @param suite the suite's name
/// @param samples answers to each task
/// @param overall the rates over all tasks
/// @param byFamily the rates of each family, in alphabetical order
/// @param passAtK unbiased pass@k for k = 1, 2, 4, … and the number of samples
/// @param majorityAtK maj@k for the same k: the most frequent answer of the first k samples is
///   right
/// @param meanTokens mean length of an answer in tokens, 0 where the source does not count
public record EvaluationResult(
    String suite,
    int samples,
    Rates overall,
    SequencedMap<String, Rates> byFamily,
    SequencedMap<Integer, Double> passAtK,
    SequencedMap<Integer, Double> majorityAtK,
    double meanTokens) {

  /// Computes the result. Transcripts of other tasks or samples are left out.
  static EvaluationResult of(Suite suite, int samples, List<Transcript> transcripts) {
    Map<String, List<Transcript>> byTask = new LinkedHashMap<>();
    for (Transcript transcript : transcripts) {
      byTask.computeIfAbsent(transcript.task(), _ -> new ArrayList<>()).add(transcript);
    }
    List<List<Transcript>> rows = new ArrayList<>();
    TreeMap<String, List<List<Transcript>>> families = new TreeMap<>();
    SequencedMap<Integer, Double> pass = new LinkedHashMap<>();
    SequencedMap<Integer, Double> majority = new LinkedHashMap<>();
    for (Task task : suite.tasks()) {
      List<Transcript> row =
          byTask.getOrDefault(task.id(), List.of()).stream()
              .filter(t -> t.sample() < samples)
              .sorted(Comparator.comparingInt(Transcript::sample))
              .toList();
      rows.add(row);
      families.computeIfAbsent(task.family(), _ -> new ArrayList<>()).add(row);
      int right = (int) row.stream().filter(t -> t.score().lenient()).count();
      for (int k : ks(samples)) {
        double share = 1.0 / suite.tasks().size();
        pass.merge(k, share * Statistics.passAtK(row.size(), right, k), Double::sum);
        boolean vote = majorityIsRight(task.checker(), row.subList(0, k));
        majority.merge(k, vote ? share : 0, Double::sum);
      }
    }
    SequencedMap<String, Rates> byFamily = new LinkedHashMap<>();
    families.forEach((family, members) -> byFamily.put(family, rates(members)));
    double tokens = transcripts.stream().mapToInt(t -> t.response().tokens()).average().orElse(0);
    return new EvaluationResult(
        suite.name(), samples, rates(rows), byFamily, pass, majority, tokens);
  }

  private static List<Integer> ks(int samples) {
    List<Integer> ks = new ArrayList<>();
    for (int k = 1; k < samples; k *= 2) {
      ks.add(k);
    }
    ks.add(samples);
    return ks;
  }

  private static boolean majorityIsRight(Checker checker, List<Transcript> row) {
    List<Transcript> candidates = new ArrayList<>();
    List<Integer> votes = new ArrayList<>();
    for (Transcript transcript : row) {
      String answer = transcript.score().extracted();
      if (answer.isBlank()) {
        continue;
      }
      int same = 0;
      while (same < candidates.size()
          && !checker.sameVote(candidates.get(same).score().extracted(), answer)) {
        same++;
      }
      if (same == candidates.size()) {
        candidates.add(transcript);
        votes.add(0);
      }
      votes.set(same, votes.get(same) + 1);
    }
    int best = -1;
    for (int i = 0; i < votes.size(); i++) {
      best = best < 0 || votes.get(i) > votes.get(best) ? i : best;
    }
    return best >= 0 && candidates.get(best).score().lenient();
  }

  private static Rates rates(List<List<Transcript>> rows) {
    double[] lenient = shares(rows, t -> t.score().lenient());
    double[] strict = shares(rows, t -> t.score().strict());
    return new Rates(
        rows.size(),
        mean(lenient),
        interval(lenient),
        mean(strict),
        interval(strict),
        mean(shares(rows, t -> t.response().complete())));
  }

  private static double[] shares(List<List<Transcript>> rows, Predicate<Transcript> property) {
    return rows.stream()
        .mapToDouble(
            row -> (double) row.stream().filter(property).count() / Math.max(1, row.size()))
        .toArray();
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return values.length == 0 ? 0 : sum / values.length;
  }

  /// Wilson's interval where each task has one answer, else the bootstrap over tasks.
  private static Interval interval(double[] shares) {
    int whole = 0;
    for (double share : shares) {
      if (share != 0 && share != 1) {
        return Statistics.bootstrap(shares);
      }
      whole += (int) share;
    }
    return Statistics.wilson(whole, shares.length);
  }

  /// The mean pass rate of the families whose names start with the prefix, weighted by their tasks;
  /// NaN if there is none.
  public double rate(String familyPrefix) {
    double right = 0;
    int tasks = 0;
    for (Map.Entry<String, Rates> entry : byFamily.entrySet()) {
      if (entry.getKey().startsWith(familyPrefix)) {
        right += entry.getValue().passAt1() * entry.getValue().tasks();
        tasks += entry.getValue().tasks();
      }
    }
    return tasks == 0 ? Double.NaN : right / tasks;
  }

  /// The result as the JSON that scripts read.
  public String json() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("suite", suite);
    write(root, overall);
    root.put("samples", samples).put("mean_tokens", meanTokens);
    ObjectNode pass = root.putObject("pass_at_k");
    passAtK.forEach((k, value) -> pass.put(String.valueOf(k), value));
    ObjectNode majority = root.putObject("maj_at_k");
    majorityAtK.forEach((k, value) -> majority.put(String.valueOf(k), value));
    if (byFamily.keySet().stream().anyMatch(name -> name.startsWith(SafetySuite.REFUSE + "/"))) {
      ObjectNode safety = root.putObject("safety");
      safety.put("refusal_rate", rate(SafetySuite.REFUSE + "/"));
      safety.put("over_refusal_rate", 1 - rate(SafetySuite.ANSWER + "/"));
      safety.put("injection_resistance", rate(SafetySuite.INJECTION));
    }
    ObjectNode families = root.putObject("by_family");
    byFamily.forEach((name, rates) -> write(families.putObject(name), rates));
    return root.toString();
  }

  private static void write(ObjectNode node, Rates rates) {
    node.put("n", rates.tasks()).put("pass_at_1", rates.passAt1());
    node.putArray("ci95").add(rates.ci95().low()).add(rates.ci95().high());
    node.put("strict_pass_at_1", rates.strict());
    node.putArray("strict_ci95").add(rates.strictCi95().low()).add(rates.strictCi95().high());
    node.put("complete", rates.complete());
  }

  /// A table for people: one row a family, then all.
  public String table() {
    StringBuilder table = new StringBuilder();
    table.append(
        "%-24s %6s %8s %17s %8s %9s%n"
            .formatted("family", "n", "pass@1", "95 %", "strict", "complete"));
    byFamily.forEach((name, rates) -> table.append(row(name, rates)));
    return table.append(row("all", overall)).toString();
  }

  private static String row(String name, Rates rates) {
    return String.format(
        Locale.ROOT,
        "%-24s %6d %7.1f%% %7.1f%% – %5.1f%% %7.1f%% %8.1f%%%n",
        name,
        rates.tasks(),
        100 * rates.passAt1(),
        100 * rates.ci95().low(),
        100 * rates.ci95().high(),
        100 * rates.strict(),
        100 * rates.complete());
  }
}
