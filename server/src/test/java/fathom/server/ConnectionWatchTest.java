package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.helidon.common.buffers.DataReader;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A watch on a connection whose bytes the test sends itself.
@Timeout(20)
class ConnectionWatchTest {
  private static final byte[] END = {};
  private final BlockingQueue<Supplier<byte[]>> arriving = new LinkedBlockingQueue<>();
  private final AtomicInteger gone = new AtomicInteger();
  private final ConnectionWatch watch = new ConnectionWatch(DataReader.create(this::read));

  private byte[] read() {
    try {
      byte[] bytes = arriving.take().get();
      return bytes == END ? null : bytes;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void send(String text) {
    arriving.add(() -> text.getBytes(StandardCharsets.US_ASCII));
  }

  private void fail(java.io.IOException problem) {
    arriving.add(
        () -> {
          throw new UncheckedIOException(problem);
        });
  }

  private String next() {
    byte[] bytes = watch.get();
    return bytes == null ? "END" : new String(bytes, StandardCharsets.US_ASCII);
  }

  @Test
  void bytesPassInTheirOrder() {
    send("one");
    send("two");
    assertThat(next()).isEqualTo("one");
    watch.begin(gone::incrementAndGet);
    watch.end();
    assertThat(next()).isEqualTo("two");
    send("three");
    assertThat(next()).isEqualTo("three");
    assertThat(gone).hasValue(0);
  }

  @Test
  void theEndIsToldWhileARequestIsAnswered() {
    watch.begin(gone::incrementAndGet);
    arriving.add(() -> END);
    TestServer.until(() -> gone.get() > 0);
    assertThat(gone).hasValue(1);
    assertThat(next()).isEqualTo("END");
  }

  @Test
  void aBrokenConnectionIsToldToo() {
    watch.begin(gone::incrementAndGet);
    fail(new SocketException("Connection reset"));
    TestServer.until(() -> gone.get() > 0);
    assertThatThrownBy(watch::get).isInstanceOf(UncheckedIOException.class);
    assertThat(gone).hasValue(1);
  }

  @Test
  void theEndAfterTheAnswerIsNobodysBusiness() {
    watch.begin(gone::incrementAndGet);
    watch.end();
    arriving.add(() -> END);
    assertThat(next()).isEqualTo("END");
    assertThat(gone).hasValue(0);
  }

  @Test
  void aConnectionThatHasEndedBeforeIsToldAtOnce() {
    watch.begin(gone::incrementAndGet);
    arriving.add(() -> END);
    TestServer.until(() -> gone.get() == 1);
    watch.end();
    watch.begin(gone::incrementAndGet);
    assertThat(gone).hasValue(2);
  }

  @Test
  void clientsMayWaitLongerThanTheyMaySend() {
    watch.begin(gone::incrementAndGet);
    fail(new SocketTimeoutException("Read timed out"));
    fail(new SocketTimeoutException("Read timed out"));
    send("next");
    assertThat(next()).isEqualTo("next");
    assertThat(gone).hasValue(0);
  }
}
