package fathom.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The same questions before and after a run, side by side, as a piece of HTML.
final class BeforeAndAfter {
  private final Map<String, JsonNode> first = new LinkedHashMap<>();
  private final Map<String, JsonNode> last = new LinkedHashMap<>();

  private BeforeAndAfter(List<JsonNode> samples) {
    for (JsonNode sample : samples) {
      String question = sample.path("question").asString("");
      first.putIfAbsent(question, sample);
      last.put(question, sample);
    }
  }

  /// The comparison, if the run's samples are answers to questions.
  static Optional<String> of(RunMetrics metrics) {
    List<JsonNode> samples =
        metrics.samples().stream().filter(sample -> sample.has("question")).toList();
    return samples.isEmpty() ? Optional.empty() : Optional.of(new BeforeAndAfter(samples).html());
  }

  private String html() {
    StringBuilder html = new StringBuilder("<h2>Before and after</h2>");
    first.forEach(
        (question, before) -> {
          html.append("<h3>").append(RunReport.escape(question)).append("</h3><p>Expected: ");
          html.append(RunReport.escape(before.path("expected").asString(""))).append("</p>");
          html.append("<div style=\"display:grid;grid-template-columns:1fr 1fr;gap:.8rem\">");
          append(html, before);
          append(html, last.getOrDefault(question, before));
          html.append("</div>");
        });
    return html.toString();
  }

  private static void append(StringBuilder html, JsonNode sample) {
    String verdict = sample.path("right").asBoolean() ? "right" : "wrong";
    html.append("<div>Step ").append(sample.path("step").asInt()).append(": ").append(verdict);
    html.append("<pre>").append(RunReport.escape(sample.path("text").asString("")));
    html.append("</pre></div>");
  }
}
