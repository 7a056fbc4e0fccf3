package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GateTest {
  private static int statusOf(ThrowingCallable call) {
    try {
      call.call();
      return 200;
    } catch (ApiException e) {
      return e.status();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void turnsAwayTheCallerWhoHasTooManyInside() {
    Gate gate = new Gate(10, 1);
    Gate.Pass first = gate.enter("a");
    assertThat(statusOf(() -> gate.enter("a"))).isEqualTo(429);
    gate.enter("b");
    first.close();
    gate.enter("a");
    assertThat(gate.inside()).isEqualTo(2);
  }

  @Test
  void turnsEverybodyAwayWhenFull() {
    Gate gate = new Gate(1, 1);
    gate.enter("a");
    assertThat(statusOf(() -> gate.enter("b"))).isEqualTo(503);
  }

  @Test
  void countsAPassThatIsClosedTwiceOnce() {
    Gate gate = new Gate(2, 2);
    gate.enter("a");
    Gate.Pass second = gate.enter("a");
    second.close();
    second.close();
    assertThat(gate.inside()).isEqualTo(1);
  }

  @Test
  void drainsWhatIsInsideAndLetsNobodyInMeanwhile() throws Exception {
    Gate gate = new Gate(2, 2);
    Gate.Pass pass = gate.enter("a");
    Thread leaver =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (gate.isOpen()) {
                    Thread.onSpinWait();
                  }
                  pass.close();
                });
    assertThat(gate.drain(Duration.ofSeconds(5))).isTrue();
    leaver.join();
    assertThatThrownBy(() -> gate.enter("b"))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("shutting down");
  }

  @Test
  void givesUpDrainingWhenPatienceEnds() {
    Gate gate = new Gate(2, 2);
    gate.enter("a");
    assertThat(gate.drain(Duration.ofMillis(20))).isFalse();
  }
}
