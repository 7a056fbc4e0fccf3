package fathom.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Measures a running server as its users meet it: what the prefix cache saves, what many clients
/// get together, and how long a short question waits beside a long one:
///
///     ./fathom serve --model MODEL &
///     java -cp benchmarks/target/classes fathom.benchmarks.ServiceLoad http://127.0.0.1:8080 prefix clients beside grammar
///
/// `prefix=SEED` asks with the prefix of that number, for comparisons over a restart.
public final class ServiceLoad {
  private static final int PREFIX_TOKENS = 1000;
  private static final int LONG_TOKENS = 4000;
  private static final int CLIENTS = 8;
  private static final int ANSWER_TOKENS = 48;
  private static final int GRAMMAR_TOKENS = 48;
  // Models that always think are to come to the answer, which alone is held to the schema.
  private static final String HARDLY = ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1}";
  private static final String SCHEMA =
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":{\"type\":\"object\",\"properties\":{\"title\":{\"type\":\"string\",\"maxLength\":60},\"year\":{\"type\":\"integer\",\"minimum\":1900,\"maximum\":2100},\"words\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"text\":{\"type\":\"string\"}},\"required\":[\"title\",\"year\",\"words\",\"text\"],\"additionalProperties\":false}}}";
  private static final Pattern NUMBER = Pattern.compile("\"(\\w+)\":(\\d+)");
  private static final Pattern MODEL = Pattern.compile("\"id\":\"([^\"]+)\"");

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI server;
  private final PrintStream out;
  private final String model;

  private ServiceLoad(URI server, PrintStream out) throws IOException, InterruptedException {
    this.server = server;
    this.out = out;
    Matcher matcher = MODEL.matcher(send(request("/models").GET()));
    if (!matcher.find()) {
      throw new IOException("no model at " + server);
    }
    model = matcher.group(1);
  }

  /// @param firstToken seconds until the first token
  /// @param seconds until the end
  private record Answer(double firstToken, double seconds, int prompt, int hits, int completion) {}

  /// Runs the named measurements against the server at the first argument.
  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 2) {
      System.err.println("usage: ServiceLoad URL (prefix[=SEED] | clients | beside | grammar)...");
      System.exit(2);
    }
    ServiceLoad load = new ServiceLoad(URI.create(arguments[0]), System.out);
    load.ask(words(new Random(1), 8), 4); // so that the first figure is no start-up
    for (int i = 1; i < arguments.length; i++) {
      String[] parts = arguments[i].split("=", 2);
      switch (parts[0]) {
        case "prefix" ->
            load.prefix(parts.length > 1 ? Long.parseLong(parts[1]) : System.nanoTime());
        case "clients" -> load.clients();
        case "beside" -> load.beside();
        case "grammar" -> load.grammar();
        default -> throw new IllegalArgumentException("unknown measurement: " + arguments[i]);
      }
    }
  }

  private void prefix(long seed) throws IOException, InterruptedException {
    String prefix = text(new Random(seed), PREFIX_TOKENS);
    Answer first = ask(prefix + " First question?", 4);
    Answer second = ask(prefix + " Another question?", 4);
    out.printf(
        "prefix: first %d tokens, %d hit, %.3f s; second %d tokens, %d hit, %.3f s; ratio %.3f%n",
        first.prompt(),
        first.hits(),
        first.firstToken(),
        second.prompt(),
        second.hits(),
        second.firstToken(),
        second.firstToken() / first.firstToken());
  }

  private void clients() throws Exception {
    double one = together(1);
    double many = together(CLIENTS);
    out.printf(
        "clients: 1 client %.2f tokens/s, %d clients %.2f tokens/s together; ratio %.2f%n",
        one, CLIENTS, many, many / one);
  }

  /// Tokens a second of all clients, from the moment all of them have their first one until the
  /// first of them is done.
  private double together(int count) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Answer>> tasks = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String question = words(new Random(7000 + i), 12);
        tasks.add(() -> ask(question, ANSWER_TOKENS));
      }
      long begun = System.nanoTime();
      int tokens = 0;
      for (Future<Answer> answer : threads.invokeAll(tasks)) {
        tokens += answer.get().completion();
      }
      return tokens / seconds(begun);
    }
  }

  private void beside() throws IOException, InterruptedException, ExecutionException {
    String large = text(new Random(System.nanoTime()), LONG_TOKENS);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Answer> slow = threads.submit(() -> ask(large, 4));
      Thread.sleep(1000);
      Answer quick = ask(words(new Random(System.nanoTime()), 10), 4);
      boolean beside = !slow.isDone();
      Answer all = slow.get();
      out.printf(
          "beside: a prompt of %d tokens takes %.2f s; a short one beside it has its first token after %.3f s%s%n",
          all.prompt(), all.firstToken(), quick.firstToken(), beside ? "" : " (NOT beside it)");
    }
  }

  /// What a token costs under a JSON schema and without: the least of three turns each, after one
  /// that the compiler needs.
  private void grammar() throws IOException, InterruptedException {
    double free = Double.MAX_VALUE;
    double held = Double.MAX_VALUE;
    ask(words(new Random(9), 12), GRAMMAR_TOKENS, HARDLY + SCHEMA);
    for (int round = 0; round < 3; round++) {
      String question = words(new Random(round), 12);
      free = Math.min(free, perToken(ask(question, GRAMMAR_TOKENS, HARDLY)));
      held = Math.min(held, perToken(ask(question, GRAMMAR_TOKENS, HARDLY + SCHEMA)));
    }
    out.printf(
        "grammar: %.2f ms a token, %.2f ms under a JSON schema; %+.1f %%%n",
        free * 1e3, held * 1e3, 100 * (held / free - 1));
  }

  private static double perToken(Answer answer) {
    return (answer.seconds() - answer.firstToken()) / (answer.completion() - 1);
  }

  private static double seconds(long begun) {
    return (System.nanoTime() - begun) * 1e-9;
  }

  /// A streamed answer of exactly so many tokens, if the model doesn't end it before.
  private Answer ask(String question, int tokens) throws IOException, InterruptedException {
    return ask(question, tokens, "");
  }

  private Answer ask(String question, int tokens, String fields)
      throws IOException, InterruptedException {
    String body =
        "{\"model\":\"%s\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"temperature\":0.8,\"seed\":1,\"max_tokens\":%d,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}"
            .formatted(model, tokens, question, fields);
    HttpRequest request =
        request("/chat/completions").POST(HttpRequest.BodyPublishers.ofString(body)).build();
    long begun = System.nanoTime();
    double first = -1;
    String usage = "";
    HttpResponse<Stream<String>> response =
        client.send(request, HttpResponse.BodyHandlers.ofLines());
    try (Stream<String> lines = response.body()) {
      for (String line : (Iterable<String>) lines::iterator) {
        if (response.statusCode() != 200) {
          throw new IOException(response.statusCode() + ": " + line);
        }
        // The first chunk has only the role; it comes when the prompt is computed.
        if (first < 0 && line.startsWith("data: ") && !line.contains("\"role\"")) {
          first = seconds(begun);
        }
        usage = line.contains("\"prompt_tokens\"") ? line : usage;
      }
    }
    return new Answer(
        first,
        seconds(begun),
        number(usage, "prompt_tokens"),
        number(usage, "prompt_cache_hit_tokens"),
        number(usage, "completion_tokens"));
  }

  private static int number(String json, String name) {
    Matcher matcher = NUMBER.matcher(json);
    while (matcher.find()) {
      if (matcher.group(1).equals(name)) {
        return Integer.parseInt(matcher.group(2));
      }
    }
    return -1;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(server.resolve(path)).header("Content-Type", "application/json");
  }

  private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
  }

  /// Random words, so many that the model reads about `tokens` tokens.
  private String text(Random random, int tokens) throws IOException, InterruptedException {
    String some = words(random, 200);
    String counted =
        send(
            request("/tokenize")
                .POST(HttpRequest.BodyPublishers.ofString("{\"text\":\"" + some + "\"}")));
    int perTwoHundred = Math.max(1, number(counted, "count"));
    return words(random, 200 * tokens / perTwoHundred);
  }

  private static String words(Random random, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      for (int syllable = 1 + random.nextInt(2); syllable >= 0; syllable--) {
        text.append("bdfghklmnprstvz".charAt(random.nextInt(15)));
        text.append("aeiou".charAt(random.nextInt(5)));
      }
      text.append(' ');
    }
    return text.toString();
  }
}
