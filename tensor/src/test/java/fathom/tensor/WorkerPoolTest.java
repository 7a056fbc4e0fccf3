package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkerPoolTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void runsEveryPartOfEveryRunExactlyOnce(int threads) {
    try (WorkerPool pool = new WorkerPool(threads)) {
      assertThat(pool.threads()).isEqualTo(threads);
      for (int run = 0; run < 20_000; run++) {
        int parts = run % 17;
        AtomicIntegerArray counts = new AtomicIntegerArray(17);
        pool.run(parts, counts::incrementAndGet);
        for (int part = 0; part < 17; part++) {
          assertThat(counts.get(part)).isEqualTo(part < parts ? 1 : 0);
        }
      }
    }
  }

  @Test
  void writesOfPartsAreSeenByTheCallerAndByLaterRuns() {
    try (WorkerPool pool = new WorkerPool(2)) {
      int[] values = new int[64];
      for (int run = 0; run < 2_000; run++) {
        pool.run(values.length, part -> values[part]++);
      }
      assertThat(values).containsOnly(2_000);
    }
  }

  @Test
  void helpersThatParkedWakeForTheNextRun() {
    try (WorkerPool pool = new WorkerPool(2)) {
      AtomicInteger sum = new AtomicInteger();
      for (int run = 0; run < 20; run++) {
        pool.run(4, sum::addAndGet);
        LockSupport.parkNanos(2_000_000);
      }
      assertThat(sum.get()).isEqualTo(20 * 6);
    }
  }

  @Test
  void theCallerGetsWhatAPartThrowsAfterAllOtherPartsEnded() {
    try (WorkerPool pool = new WorkerPool(3)) {
      AtomicInteger ended = new AtomicInteger();
      assertThatExceptionOfType(ArithmeticException.class)
          .isThrownBy(
              () ->
                  pool.run(
                      50,
                      part -> {
                        if (part == 20) {
                          throw new ArithmeticException("part 20");
                        }
                        ended.incrementAndGet();
                      }))
          .withMessage("part 20");
      assertThat(ended.get()).isEqualTo(49);
      pool.run(3, part -> ended.incrementAndGet());
      assertThat(ended.get()).isEqualTo(52);
    }
  }

  @Test
  void aSinglePartIsRunByTheCaller() {
    try (WorkerPool pool = new WorkerPool(3)) {
      for (int run = 0; run < 1_000; run++) {
        Thread[] ran = new Thread[1];
        pool.run(1, part -> ran[part] = Thread.currentThread());
        assertThat(ran[0]).isSameAs(Thread.currentThread());
        pool.run(2, part -> {});
      }
    }
  }

  @Test
  void refusesARunWithinARun() {
    try (WorkerPool pool = new WorkerPool(1)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> pool.run(1, part -> pool.run(1, inner -> {})));
    }
  }

  @Test
  void refusesRunsAfterClosing() {
    WorkerPool pool = new WorkerPool(3);
    pool.close();
    assertThatIllegalStateException().isThrownBy(() -> pool.run(1, part -> {}));
    pool.close();
  }

  @Test
  void refusesToHaveNoThreads() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new WorkerPool(0))
        .withMessage("threads: expected at least 1, found 0");
  }

  @Test
  void aSerialPoolRunsPartsInOrder() {
    StringBuilder order = new StringBuilder();
    try (Workers serial = Workers.serial()) {
      serial.run(4, order::append);
      assertThat(serial.threads()).isEqualTo(1);
    }
    assertThat(order).hasToString("0123");
  }
}
