package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class MeanwhileTest {
  @Test
  void theResultOfTheOtherThreadArrives() {
    Meanwhile<String> name = Meanwhile.begin("test", () -> Thread.currentThread().getName());
    assertThat(name.join()).isEqualTo("fathom-test");
  }

  @Test
  void whatTheOtherThreadThrowsIsThrownHere() {
    Meanwhile<String> fault =
        Meanwhile.begin(
            "test",
            () -> {
              throw new UsageException("no such thing");
            });
    assertThatThrownBy(fault::join).isInstanceOf(UsageException.class).hasMessage("no such thing");
    fault.awaitEnd();
  }

  @Test
  void anInterruptionDoesNotEndTheWaitForTheEnd() throws InterruptedException {
    CountDownLatch gate = new CountDownLatch(1);
    AtomicBoolean ended = new AtomicBoolean();
    Meanwhile<Boolean> work =
        Meanwhile.begin(
            "test",
            () -> {
              gate.await();
              ended.set(true);
              return true;
            });
    AtomicBoolean sawEnd = new AtomicBoolean();
    AtomicBoolean stillInterrupted = new AtomicBoolean();
    Thread waiter =
        Thread.ofPlatform()
            .start(
                () -> {
                  work.awaitEnd();
                  sawEnd.set(ended.get());
                  stillInterrupted.set(Thread.currentThread().isInterrupted());
                });
    waiter.interrupt();
    waiter.join(50);
    assertThat(waiter.isAlive()).isTrue();
    gate.countDown();
    waiter.join();
    assertThat(sawEnd).isTrue();
    assertThat(stillInterrupted).isTrue();
  }
}
