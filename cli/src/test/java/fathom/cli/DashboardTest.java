package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DashboardTest {
  @TempDir Path folder;

  @BeforeEach
  void writeTwoRuns() throws IOException {
    for (String name : new String[] {"first", "second"}) {
      Path run = Files.createDirectories(folder.resolve(name));
      Files.writeString(run.resolve("run.json"), "{\"data\":\"somewhere\"}");
      Files.writeString(run.resolve("recipe.resolved.json"), "{\"steps\":10}");
      Files.writeString(
          run.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":7.5}\n{\"step\":2,\"loss\":7.25}\n");
    }
  }

  private static HttpResponse<String> get(Dashboard dashboard, String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(dashboard.address() + path)).GET().build());
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void thePageNeedsNothingFromOutside() throws Exception {
    try (Dashboard dashboard = new Dashboard(folder, "127.0.0.1", 0)) {
      HttpResponse<String> page = get(dashboard, "");
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.body()).contains("canvas", "metrics.json").doesNotContain("http:", "https:");
      assertThat(page.headers().firstValue("Content-Security-Policy")).isPresent();
    }
  }

  @Test
  void runsAreListedAndTheirMetricsGivenFromALineOn() throws Exception {
    try (Dashboard dashboard = new Dashboard(folder, "127.0.0.1", 0)) {
      assertThat(get(dashboard, "runs.json").body())
          .contains("\"name\":\"first\"", "\"name\":\"second\"", "\"steps\":10", "\"lines\":2");
      assertThat(get(dashboard, "metrics.json?run=second&from=1").body())
          .isEqualTo("[{\"step\":2,\"loss\":7.25}]");
      assertThat(get(dashboard, "metrics.json?run=second&from=5").body()).isEqualTo("[]");
    }
  }

  @Test
  void whatARunWritesIsSeenAtOnce() throws Exception {
    try (Dashboard dashboard = new Dashboard(folder, "127.0.0.1", 0)) {
      Files.writeString(
          folder.resolve("first/metrics.jsonl"),
          "{\"step\":3,\"loss\":7.0}\n{\"step\":4,\"lo",
          StandardOpenOption.APPEND);
      assertThat(get(dashboard, "metrics.json?run=first&from=2").body())
          .isEqualTo("[{\"step\":3,\"loss\":7.0}]");
    }
  }

  @Test
  void aRunByItselfIsShownToo() throws Exception {
    try (Dashboard dashboard = new Dashboard(folder.resolve("first"), "127.0.0.1", 0)) {
      assertThat(get(dashboard, "runs.json").body()).contains("\"name\":\"first\"");
    }
  }

  @Test
  void nothingButRunsOfTheFolderIsReached() throws Exception {
    try (Dashboard dashboard = new Dashboard(folder.resolve("first"), "127.0.0.1", 0)) {
      for (String path :
          new String[] {
            "metrics.json",
            "metrics.json?run=..%2Fsecond",
            "metrics.json?run=second",
            "metrics.json?run=first&from=-1",
            "metrics.json?run=first&from=99999999999",
            "metrics.json?run=%ZZ",
            "../run.json",
            "run.json"
          }) {
        String raw = path.replace("%ZZ", "%25ZZ");
        assertThat(get(dashboard, raw).statusCode()).as(path).isEqualTo(404);
      }
      HttpRequest post =
          HttpRequest.newBuilder(URI.create(dashboard.address()))
              .POST(HttpRequest.BodyPublishers.ofString("x"))
              .build();
      assertThat(send(post).statusCode()).isEqualTo(405);
    }
  }

  @Test
  void aPortInUseIsOneSentence() throws Exception {
    try (Dashboard dashboard = new Dashboard(folder, "127.0.0.1", 0)) {
      int port = URI.create(dashboard.address()).getPort();
      assertThatThrownBy(() -> new Dashboard(folder, "127.0.0.1", port))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("expected an address that is free");
    }
  }
}
