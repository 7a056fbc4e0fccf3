package fathom.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// A run as one HTML page that needs nothing else: curves and the experts' loads as SVG, samples as
/// text. Everything from the run is escaped.
public final class RunReport {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 220;
  private static final int MARGIN = 52;
  private static final int CELL = 10;
  private static final int MOST_POINTS = 600;
  private static final List<String> SUMMARY =
      List.of(
          "tokens",
          "loss",
          "val_loss",
          "val_bits_per_byte",
          "reward",
          "val_accuracy",
          "val_accuracy_lenient",
          "model_flop_utilisation");
  private static final List<String> COLOURS = List.of("#1f5fbf", "#c2451e", "#2a8a4a", "#8a5bb5");
  private static final String STYLE =
      "body{font:15px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;"
          + "color:#1a1a1a;background:#fff}table{border-collapse:collapse}td{padding:.1rem .8rem"
          + " .1rem 0}pre{white-space:pre-wrap;background:#f4f4f4;padding:.6rem}svg{max-width:100%}"
          + "text{font:11px system-ui,sans-serif;fill:#555}";

  private final RunMetrics metrics;
  private final StringBuilder page = new StringBuilder();

  /// A report of a run.
  public RunReport(RunMetrics metrics) {
    this.metrics = metrics;
  }

  /// The page.
  public String html() {
    page.setLength(0);
    String name = escape(String.valueOf(metrics.path().getFileName()));
    page.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
        .append(name)
        .append("</title><style>")
        .append(STYLE)
        .append("</style></head><body><h1>")
        .append(name)
        .append("</h1>");
    summary();
    curve("Loss (nats a token)", "loss", "val_loss");
    curve("Loss of multi-token prediction", "mtp_loss");
    curve("Validation, bits a byte", "val_bits_per_byte");
    curve("Learning rate", "lr");
    curve("Norm of the gradients", "grad_norm");
    curve("Tokens a second", "tokens_per_second");
    curve("Busiest expert, as a multiple of the mean", "busiest_expert");
    reasoning();
    heatMap();
    BeforeAndAfter.of(metrics).ifPresentOrElse(page::append, this::samples);
    page.append("<h2>Recipe</h2><pre>")
        .append(escape(metrics.recipe().toPrettyString()))
        .append("</pre></body></html>\n");
    return page.toString();
  }

  /// The curves of reinforcement learning.
  private void reasoning() {
    curve("Reward", "reward", "reward_accuracy", "reward_lenient", "reward_format");
    curve("Held-out tasks answered right", "val_accuracy", "val_accuracy_lenient");
    curve("Length of the answers, and of the reasoning in them", "length", "reasoning_length");
    curve("Entropy of the policy (nats a token)", "entropy");
    curve("Divergence from the reference policy (nats a token)", "kl");
    curve("Share of clipped ratios", "clip_fraction");
    curve("Share of groups that say nothing; of answers cut off", "zero_variance", "truncated");
    curve("Tokens a second of the roll-outs", "rollout_tokens_per_second");
    families("Reward by family", "reward_by_family");
    families("Held-out tasks answered right, by family", "val_accuracy_by_family");
  }

  private void families(String title, String key) {
    List<JsonNode> lines = metrics.lines().stream().filter(l -> l.path(key).size() > 0).toList();
    if (lines.isEmpty()) {
      return;
    }
    JsonNode first = lines.getFirst();
    JsonNode last = lines.getLast();
    page.append("<h2>").append(escape(title)).append("</h2><table><tr><td></td><td>step ");
    page.append(first.path("step").asInt()).append("</td><td>step ");
    page.append(last.path("step").asInt()).append("</td></tr>");
    for (String family : last.path(key).propertyNames()) {
      page.append("<tr><td>").append(escape(family));
      for (JsonNode line : List.of(first, last)) {
        double value = line.path(key).path(family).asDouble(Double.NaN);
        page.append("</td><td>").append(Double.isNaN(value) ? "-" : number(value));
      }
      page.append("</td></tr>");
    }
    page.append("</table>");
  }

  private void summary() {
    page.append("<table>");
    row("Steps", metrics.steps() + " of " + metrics.plannedSteps());
    for (String key : SUMMARY) {
      metrics.last(key).ifPresent(value -> row(key, number(value)));
    }
    page.append("</table>");
  }

  private void row(String name, String value) {
    page.append("<tr><td>").append(escape(name)).append("</td><td>").append(escape(value));
    page.append("</td></tr>");
  }

  private record Point(double x, double y) {}

  private List<Point> points(String key) {
    List<Point> points = new ArrayList<>();
    for (JsonNode line : metrics.lines()) {
      double value = line.path(key).asDouble(Double.NaN);
      if (Double.isFinite(value)) {
        points.add(new Point(line.path("step").asInt(), value));
      }
    }
    List<Point> fewer = new ArrayList<>();
    int stride = Math.max(1, points.size() / MOST_POINTS);
    for (int i = 0; i < points.size(); i += stride) {
      fewer.add(points.get(i));
    }
    return fewer;
  }

  private void curve(String title, String... keys) {
    List<List<Point>> curves = new ArrayList<>();
    for (String key : keys) {
      curves.add(points(key));
    }
    List<Point> all = curves.stream().flatMap(List::stream).toList();
    if (all.size() < 2) {
      return;
    }
    double left = all.stream().mapToDouble(Point::x).min().orElse(0);
    double right = Math.max(left + 1, all.stream().mapToDouble(Point::x).max().orElse(1));
    double low = all.stream().mapToDouble(Point::y).min().orElse(0);
    double high = all.stream().mapToDouble(Point::y).max().orElse(1);
    high = high > low ? high : low + 1;
    page.append("<h2>").append(escape(title)).append("</h2>").append(svg(WIDTH, HEIGHT));
    label(4, 16, number(high));
    label(4, HEIGHT - 24, number(low));
    label(MARGIN, HEIGHT - 6, number(left));
    label(WIDTH - 60, HEIGHT - 6, "step " + number(right));
    for (int i = 0; i < curves.size(); i++) {
      page.append("<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"")
          .append(COLOURS.get(i % COLOURS.size()))
          .append("\" points=\"");
      for (Point point : curves.get(i)) {
        double x = MARGIN + (point.x() - left) / (right - left) * (WIDTH - MARGIN - 8);
        double y = 10 + (high - point.y()) / (high - low) * (HEIGHT - 40);
        page.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
      }
      page.append("\"><title>").append(escape(keys[i])).append("</title></polyline>");
    }
    page.append("</svg>");
    legend(curves, keys);
  }

  private void legend(List<List<Point>> curves, String... keys) {
    if (curves.stream().filter(points -> !points.isEmpty()).count() < 2) {
      return;
    }
    page.append("<p>");
    for (int i = 0; i < keys.length; i++) {
      if (!curves.get(i).isEmpty()) {
        page.append("<span style=\"color:").append(COLOURS.get(i % COLOURS.size()));
        page.append("\">").append(escape(keys[i])).append("</span> ");
      }
    }
    page.append("</p>");
  }

  /// Rows are experts, columns validations, for each layer one block; red is more than the mean.
  private void heatMap() {
    List<JsonNode> lines =
        metrics.lines().stream().filter(l -> l.path("expert_load").size() > 0).toList();
    if (lines.isEmpty()) {
      return;
    }
    page.append("<h2>Load of the experts</h2><p>Blue below the mean, red above.</p>");
    for (String layer : lines.getFirst().path("expert_load").propertyNames()) {
      int experts = lines.getFirst().path("expert_load").path(layer).size();
      int from = Math.max(0, lines.size() - 60);
      page.append("<p>Layer ").append(escape(layer)).append("</p>");
      page.append(svg((lines.size() - from) * CELL, experts * CELL));
      for (int column = from; column < lines.size(); column++) {
        JsonNode loads = lines.get(column).path("expert_load").path(layer);
        for (int expert = 0; expert < loads.size(); expert++) {
          cell(column - from, expert, loads.get(expert).asDouble());
        }
      }
      page.append("</svg>");
    }
  }

  private void cell(int column, int row, double load) {
    double strength = Math.min(1, Math.abs(Math.log(Math.max(load, 0.125)) / Math.log(2)) / 2);
    int pale = (int) Math.round(255 * (1 - strength));
    String colour =
        load > 1 ? "rgb(255,%d,%d)".formatted(pale, pale) : "rgb(%d,%d,255)".formatted(pale, pale);
    page.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\">"
                + "<title>expert %d: %.2f</title></rect>",
            column * CELL,
            row * CELL,
            CELL,
            CELL,
            colour,
            row,
            load));
  }

  private void samples() {
    if (!metrics.samples().isEmpty()) {
      page.append("<h2>Samples</h2>");
    }
    for (JsonNode sample : metrics.samples()) {
      page.append("<p>Step ").append(sample.path("step").asInt()).append("</p><pre>");
      page.append(escape(sample.path("text").asString(""))).append("</pre>");
    }
  }

  private static String svg(int width, int height) {
    return "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">"
        .formatted(width, height, width, height);
  }

  private void label(int x, int y, String text) {
    page.append("<text x=\"").append(x).append("\" y=\"").append(y).append("\">");
    page.append(escape(text)).append("</text>");
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.valueOf((long) value)
        : String.format(Locale.ROOT, "%.4g", value);
  }

  /// Text as HTML.
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
