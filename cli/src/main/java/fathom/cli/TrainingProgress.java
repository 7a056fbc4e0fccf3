package fathom.cli;

import fathom.training.TrainingListener;
import java.io.PrintWriter;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/// One line for a step: in a terminal it replaces the one before; elsewhere only validations and
/// every hundredth step are printed. Ctrl-C stops the run after the step at hand, with a
/// checkpoint.
final class TrainingProgress implements TrainingListener, AutoCloseable {
  private static final int BAR = 20;
  private static final int RARELY = 100;

  private final PrintWriter out;
  private final boolean terminal = System.getenv("TERM") != null && Progress.isTerminal();
  private final Interruption interruption = new Interruption();
  private double secondsPerStep;
  private long last = System.nanoTime();

  TrainingProgress(PrintWriter out) {
    this.out = out;
  }

  @Override
  public boolean stops() {
    return interruption.stops();
  }

  @Override
  public void stepped(int step, int steps, ObjectNode metrics) {
    long now = System.nanoTime();
    double seconds = (now - last) * 1e-9;
    last = now;
    secondsPerStep = secondsPerStep == 0 ? seconds : 0.9 * secondsPerStep + 0.1 * seconds;
    boolean validated = metrics.has("val_loss") || metrics.has("val_accuracy");
    if (!terminal && !validated && step % often(metrics) != 0 && step != 1) {
      return;
    }
    String line = line(step, steps, metrics);
    if (terminal) {
      out.print("\r\u001b[K" + line + (validated ? "\n" : ""));
    } else {
      out.println(line);
    }
    out.flush();
  }

  private String line(int step, int steps, ObjectNode metrics) {
    int full = (int) ((long) BAR * step / steps);
    StringBuilder line = new StringBuilder();
    line.append('[').repeat('=', full).repeat(' ', BAR - full).append("] ");
    line.append(
        String.format(
            Locale.ROOT,
            "%d/%d  %s  lr %.2e  norm %.2f  %s tok/s  %s left",
            step,
            steps,
            metrics.has("reward") ? reward(metrics) : loss(metrics),
            metrics.path("lr").asDouble(),
            metrics.path("grad_norm").asDouble(),
            Sizes.count(metrics.path("tokens_per_second").asDouble()),
            time(secondsPerStep * (steps - step))));
    if (metrics.has("val_loss")) {
      line.append(
          String.format(
              Locale.ROOT,
              "  val %.4f, %.4f bits/byte",
              metrics.path("val_loss").asDouble(),
              metrics.path("val_bits_per_byte").asDouble()));
    }
    if (metrics.has("val_accuracy")) {
      line.append(
          String.format(
              Locale.ROOT,
              "  held out: %.1f %% right, %.1f %% leniently",
              100 * metrics.path("val_accuracy").asDouble(),
              100 * metrics.path("val_accuracy_lenient").asDouble()));
    }
    return line.toString();
  }

  private static String loss(ObjectNode metrics) {
    return String.format(
        Locale.ROOT,
        "loss %.4f  %.0f %% of peak",
        metrics.path("loss").asDouble(),
        100 * metrics.path("model_flop_utilisation").asDouble());
  }

  private static String reward(ObjectNode metrics) {
    return String.format(
        Locale.ROOT,
        "reward %.3f  length %.0f  entropy %.3f  same %.0f %%  written %s tok/s",
        metrics.path("reward").asDouble(),
        metrics.path("length").asDouble(),
        metrics.path("entropy").asDouble(),
        100 * metrics.path("zero_variance").asDouble(),
        Sizes.count(metrics.path("rollout_tokens_per_second").asDouble()));
  }

  /// Steps with roll-outs are slow.
  private static int often(ObjectNode metrics) {
    return metrics.has("reward") ? RARELY / 10 : RARELY;
  }

  private static String time(double seconds) {
    long whole = Math.round(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d h %02d", whole / 3600, whole % 3600 / 60);
  }

  @Override
  public void sampled(int step, String text) {
    out.printf("%n--- sample at step %d ---%n%s%n---%n", step, text.strip());
    out.flush();
  }

  @Override
  public void close() {
    if (terminal) {
      out.println();
    }
    interruption.close();
  }
}
