package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Many clients for a long time, a quarter of which hang up in the middle. The full form is
/// `-Dfathom.soak.seconds=300`.
class SoakTest {
  private static final int CLIENTS = 64;
  private static final long GROWTH = 64L << 20;

  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Gaps gaps = new Gaps();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  /// Times between tokens, counted in steps of 5 %, so that counting takes no memory.
  private static final class Gaps {
    private static final double STEP = Math.log(1.05);
    private final AtomicLongArray counts = new AtomicLongArray(1000);

    void add(long nanos) {
      counts.incrementAndGet((int) (Math.log((double) Math.max(1, nanos)) / STEP));
    }

    /// Milliseconds that this share of the gaps don't exceed.
    double millis(double share) {
      long all = 0;
      for (int i = 0; i < counts.length(); i++) {
        all += counts.get(i);
      }
      long seen = 0;
      int step = 0;
      while (seen < share * all) {
        seen += counts.get(step++);
      }
      return Math.exp(step * STEP) / 1e6;
    }
  }

  /// @param heap bytes in use after a collection
  /// @param resident bytes of the whole process
  private record Memory(long heap, long resident) {
    static Memory now() throws Exception {
      for (int i = 0; i < 3; i++) {
        System.gc();
        Thread.sleep(50);
      }
      long pages = Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ", 3)[1]);
      Runtime runtime = Runtime.getRuntime();
      return new Memory(runtime.totalMemory() - runtime.freeMemory(), pages * 4096);
    }
  }

  @Test
  @Tag("long")
  void servesSixtyFourClientsForALongTime() throws Exception {
    long seconds = Long.parseLong(System.getProperty("fathom.soak.seconds", "60"));
    Map<String, String> settings =
        Map.of("port", "0", "data-folder", folder.toString(), "limits.concurrency", "200");
    try (EngineServer adder = EngineServer.adder();
        ApiServer server =
            ApiServer.start(ServerConfig.of(settings), "adder", adder.source(), _ -> {})) {
      long end = System.nanoTime() + seconds * 1_000_000_000L;
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Random random = new Random(9000 + i);
        clients.add(Thread.ofVirtual().start(() -> use(server.address(), random, end)));
      }
      Thread.sleep(seconds * 400);
      Memory warm = Memory.now();
      for (Thread one : clients) {
        one.join();
      }
      Memory after = Memory.now();
      String measured =
          "gaps: median %.1f ms, p99 %.1f ms; warm %s, after %s"
              .formatted(gaps.millis(0.5), gaps.millis(0.99), warm, after);
      System.getLogger("soak").log(System.Logger.Level.INFO, measured);
      assertThat(failures).as(measured).isEmpty();
      assertThat(after.heap()).as(measured).isLessThan(warm.heap() + GROWTH);
      assertThat(after.resident()).as(measured).isLessThan(warm.resident() + GROWTH);
      assertThat(gaps.millis(0.99)).as(measured).isLessThan(5 * gaps.millis(0.5));
    }
  }

  private void use(URI server, Random random, long end) {
    while (System.nanoTime() < end) {
      String body =
          "{\"model\":\"adder\",\"temperature\":0,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Compute %d + %d\"}]}"
              .formatted(random.nextInt(1000), random.nextInt(1000));
      HttpRequest request =
          HttpRequest.newBuilder(server.resolve("/chat/completions"))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      boolean hangsUp = random.nextInt(4) == 0;
      try {
        HttpResponse<Stream<String>> response =
            client.send(request, HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = response.body()) {
          if (response.statusCode() != 200) {
            failures.add("status " + response.statusCode());
          } else if (!read(lines, hangsUp ? 5 : Integer.MAX_VALUE) && !hangsUp) {
            failures.add("an answer without its end");
          }
        }
      } catch (IOException | UncheckedIOException e) {
        failures.add(String.valueOf(e.getMessage()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /// Reads tokens; returns whether the answer came to its end.
  private boolean read(Stream<String> lines, int most) {
    long last = 0;
    int count = 0;
    for (String line : (Iterable<String>) lines::iterator) {
      if (line.equals("data: [DONE]")) {
        return true;
      }
      if (line.startsWith("data: {")) {
        long now = System.nanoTime();
        if (last != 0) {
          gaps.add(now - last);
        }
        last = now;
        if (++count == most) {
          return false;
        }
      }
    }
    return false;
  }
}
