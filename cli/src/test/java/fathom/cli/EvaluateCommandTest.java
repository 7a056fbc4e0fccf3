package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EvaluateCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final AtomicInteger requests = new AtomicInteger();
  private HttpServer server;

  /// A service that adds the two numbers of "a+b" and answers nothing else right.
  @BeforeEach
  void startsAService() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/chat/completions",
        exchange -> {
          requests.incrementAndGet();
          JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
          String[] numbers =
              request.at("/messages/0/content").asString().replaceAll("[^0-9+]", "").split("\\+");
          int sum = numbers.length == 2 ? sum(numbers) : -1;
          byte[] body =
              """
              {"choices":[{"finish_reason":"stop","message":{"role":"assistant",
               "reasoning_content":"easy","content":"The answer is %d."}}],
               "usage":{"completion_tokens":7}}"""
                  .formatted(sum)
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  private static int sum(String[] numbers) {
    return Integer.parseInt(numbers[0]) + Integer.parseInt(numbers[1]);
  }

  @AfterEach
  void stopsTheService() {
    server.stop(0);
  }

  private String url() {
    return "http://localhost:" + server.getAddress().getPort() + "/v1";
  }

  private Path questions() throws IOException {
    return Files.writeString(
        folder.resolve("sums.jsonl"),
        """
        {"question": "12+30", "answer": "42", "family": "plus"}
        {"question": "1+1", "answer": "2", "family": "plus"}
        {"question": "What is the capital?", "answer": "Paris", "checker": "contains", "family": "places"}
        """);
  }

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.run(args, new PrintWriter(out), new PrintWriter(err));
  }

  @Test
  void printsOneJsonObjectWithRatesAndIntervals() throws IOException {
    String run = folder.resolve("run").toString();

    assertThat(
            run(
                "evaluate",
                "--url",
                url(),
                "--suite",
                questions().toString(),
                "--samples",
                "1",
                "--json",
                "--out",
                run))
        .isZero();

    JsonNode result = JSON.readTree(out.toString());
    assertThat(result.path("suite").asString()).isEqualTo("sums");
    assertThat(result.path("n").asInt()).isEqualTo(3);
    assertThat(result.path("pass_at_1").asDouble())
        .isCloseTo(2.0 / 3, org.assertj.core.data.Offset.offset(1e-9));
    assertThat(result.path("ci95").get(0).asDouble()).isLessThan(0.6);
    assertThat(result.path("ci95").get(1).asDouble()).isGreaterThan(0.7);
    assertThat(result.at("/by_family/plus/pass_at_1").asDouble()).isEqualTo(1);
    assertThat(result.at("/by_family/places/strict_pass_at_1").asDouble()).isZero();
  }

  @Test
  void keepsTranscriptsAndAsksForNoAnswerTwice() throws IOException {
    String run = folder.resolve("run").toString();
    String suite = questions().toString();
    run("evaluate", "--url", url(), "--suite", suite, "--out", run);
    assertThat(folder.resolve("run/transcripts.jsonl")).content().hasLineCount(3).contains("12+30");
    assertThat(folder.resolve("run/result.json")).exists();
    int asked = requests.get();

    assertThat(run("evaluate", "--url", url(), "--suite", suite, "--out", run)).isZero();

    assertThat(requests).hasValue(asked);
    assertThat(out.toString()).contains("plus", "places", "all");
  }

  @Test
  void takesOnlyTheFirstQuestionsWhenLimited() throws IOException {
    run(
        "evaluate",
        "--url",
        url(),
        "--suite",
        questions().toString(),
        "--limit",
        "2",
        "--json",
        "--out",
        folder.resolve("run").toString());

    assertThat(JSON.readTree(out.toString()).path("n").asInt()).isEqualTo(2);
  }

  @Test
  void refusesAFolderWithAnswersOfAnotherModel() throws IOException {
    String run = folder.resolve("run").toString();
    String suite = questions().toString();
    run("evaluate", "--url", url(), "--suite", suite, "--out", run);

    assertThat(run("evaluate", "--url", url(), "--name", "other", "--suite", suite, "--out", run))
        .isEqualTo(2);

    assertThat(err.toString()).contains("other", "another --out");
  }

  @Test
  void refusesAFolderOfOtherSettings() throws IOException {
    String run = folder.resolve("run").toString();
    String suite = questions().toString();
    run("evaluate", "--url", url(), "--suite", suite, "--out", run);

    assertThat(run("evaluate", "--url", url(), "--suite", suite, "--max-tokens", "5", "--out", run))
        .isEqualTo(1);

    assertThat(err.toString()).contains("take another folder");
  }

  @Test
  void saysWhichQuestionsFileHasABadLine() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.jsonl"), "{\"question\": \"1+1\"}\n");

    assertThat(run("evaluate", "--url", url(), "--suite", bad.toString())).isEqualTo(1);

    assertThat(err.toString()).contains("bad.jsonl, line 1", "answer");
  }

  @Test
  void namesTheFamiliesWhenThereIsNoSuchSuite() {
    assertThat(run("evaluate", "--url", url(), "--suite", "poetry")).isEqualTo(1);
    assertThat(err.toString()).contains("poetry", "addition", "countdown");
  }

  @Test
  void takesAModelOrAnAddressButNotBoth() {
    assertThat(run("evaluate", "--url", url(), "--model", "m", "--suite", "addition")).isEqualTo(2);
    assertThat(err.toString()).contains("found both");
  }

  @Test
  void refusesSeveralGreedyAnswersToOneQuestion() throws IOException {
    String suite = questions().toString();

    assertThat(
            run(
                "evaluate",
                "--url",
                url(),
                "--suite",
                suite,
                "--samples",
                "4",
                "--temperature",
                "0"))
        .isEqualTo(1);

    assertThat(err.toString()).contains("all the same");
  }

  @Test
  void endsWithOneSentenceWhenNobodyListensThere() throws IOException {
    server.stop(0);

    assertThat(run("evaluate", "--url", "ftp://localhost/v1", "--suite", questions().toString()))
        .isEqualTo(1);

    assertThat(err.toString()).contains("http or https");
  }

  @Test
  void asksALocalModelThroughItsEngine() throws IOException {
    String model = folder.resolve("tiny").toString();
    assertThat(run("new", "--preset", "tiny", "--out", model)).isZero();

    assertThat(
            run(
                "evaluate",
                "--model",
                model,
                "--suite",
                "addition",
                "--limit",
                "6",
                "--max-tokens",
                "8",
                "--context",
                "256",
                "--json",
                "--threads",
                "1",
                "--out",
                folder.resolve("run").toString()))
        .isZero();

    JsonNode result = JSON.readTree(out.toString());
    assertThat(result.path("n").asInt()).isEqualTo(6);
    assertThat(result.path("mean_tokens").asDouble()).isBetween(1.0, 8.0);
    assertThat(folder.resolve("run/transcripts.jsonl")).content().hasLineCount(6);
  }
}
