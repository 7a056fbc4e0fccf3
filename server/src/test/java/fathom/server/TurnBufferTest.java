package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TurnBufferTest {
  private final TurnBuffer buffer = new TurnBuffer();

  private List<Long> ids(long after) throws InterruptedException {
    return buffer.after(after, Duration.ZERO).stream().map(TurnBuffer.Event::id).toList();
  }

  @Test
  void readersBeginWhereTheyWere() throws Exception {
    for (int i = 0; i < 3; i++) {
      buffer.add("text", Json.object().put("n", i));
    }
    assertThat(ids(0)).containsExactly(1L, 2L, 3L);
    assertThat(ids(2)).containsExactly(3L);
    assertThat(ids(3)).isEmpty();
    assertThat(ids(-5)).hasSize(3);
    assertThat(ids(Long.MAX_VALUE)).isEmpty();
  }

  @Test
  void aReaderThatWaitsIsWoken() throws Exception {
    CompletableFuture<Integer> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return buffer.after(0, Duration.ofSeconds(20)).size();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    buffer.add("text", Json.object());
    assertThat(read.get(20, TimeUnit.SECONDS)).isEqualTo(1);
  }

  @Test
  void theEndIsTheEndForThoseWhoHaveReadAll() throws Exception {
    buffer.add("end", Json.object());
    assertThat(buffer.ended(1)).isFalse();
    buffer.close();
    assertThat(buffer.ended(0)).isFalse();
    assertThat(buffer.ended(1)).isTrue();
    assertThat(buffer.isClosed()).isTrue();
    assertThat(buffer.after(1, Duration.ofSeconds(20))).isEmpty();
    assertThat(buffer.awaitClose(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void patienceEnds() throws Exception {
    assertThat(buffer.after(0, Duration.ofMillis(5))).isEmpty();
    assertThat(buffer.awaitClose(5, TimeUnit.MILLISECONDS)).isFalse();
  }
}
