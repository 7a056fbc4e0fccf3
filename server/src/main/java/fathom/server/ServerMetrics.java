package fathom.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.function.ToDoubleFunction;

/// What `/metrics` tells Prometheus.
final class ServerMetrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final Timer firstToken;
  private final Timer duration;
  private final DistributionSummary speed;
  private final Counter hit;
  private final Counter miss;
  private final Counter completion;
  private final Counter reasoning;

  ServerMetrics() {
    firstToken =
        Timer.builder("fathom.time.to.first.token")
            .description("From the request to its first token")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(5))
            .maximumExpectedValue(Duration.ofMinutes(10))
            .register(registry);
    duration =
        Timer.builder("fathom.generation")
            .description("From the request to its last token")
            .register(registry);
    speed =
        DistributionSummary.builder("fathom.tokens.per.second")
            .description("Decoding speed of one request, after its first token")
            .publishPercentileHistogram()
            .minimumExpectedValue(0.5)
            .maximumExpectedValue(5000.0)
            .register(registry);
    hit = tokens("fathom.prompt.tokens", "cache", "hit");
    miss = tokens("fathom.prompt.tokens", "cache", "miss");
    completion = tokens("fathom.completion.tokens", "kind", "all");
    reasoning = tokens("fathom.completion.tokens", "kind", "reasoning");
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  private Counter tokens(String name, String tag, String value) {
    return Counter.builder(name).tag(tag, value).register(registry);
  }

  /// Publishes a value that is read when Prometheus asks.
  <T> void gauge(String name, String description, T source, ToDoubleFunction<T> value) {
    Gauge.builder(name, source, value)
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  /// Counts an answered request. The route is one of a fixed set, so the number of series stays
  /// bounded.
  void request(String route, int status, Duration took) {
    registry
        .timer("fathom.http.requests", "route", route, "status", Integer.toString(status))
        .record(took);
  }

  /// Counts what became of a generation.
  void generation(Outcome outcome) {
    TokenUsage usage = outcome.usage();
    duration.record(outcome.total());
    hit.increment(usage.cacheHitTokens());
    miss.increment(usage.cacheMissTokens());
    completion.increment(usage.completionTokens());
    reasoning.increment(usage.reasoningTokens());
    registry.counter("fathom.generations", "finish", outcome.finish()).increment();
    if (usage.completionTokens() > 0) {
      firstToken.record(outcome.firstToken());
    }
    double seconds = outcome.total().minus(outcome.firstToken()).toNanos() * 1e-9;
    if (usage.completionTokens() > 1 && seconds > 0) {
      speed.record((usage.completionTokens() - 1) / seconds);
    }
  }

  /// Prometheus' text format.
  String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
