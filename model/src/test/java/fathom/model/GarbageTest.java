package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the model itself allocates for a token, its kernels left out: nothing, once a few steps of
/// the same form have been made.
class GarbageTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-v3-tiny", "deepseek-v2-lite-tiny", "qwen2-tiny", "qwen3-tiny"})
  void decodingMakesNoGarbage(String name) {
    try (LoadedModel loaded = LoadedModel.of(name, new IdleKernels(), ModelOptions.defaults());
        CachedSequence sequence = loaded.newSequence()) {
      sequence.forward(1, 2, 3);
      int[] ids = {5};
      int[] outputs = {0};
      Span span = sequence.next(0, 40);
      List<Span> spans = List.of(span);
      span.move(0, 1, 3);
      StepBatch batch = new StepBatch(ids, spans, outputs);
      long before = 0;
      for (int i = 0; i < 1000; i++) {
        if (i == 900) {
          before = THREADS.getCurrentThreadAllocatedBytes();
        }
        span.move(0, 1, 4 + i % 32);
        loaded.model().forward(batch);
      }
      long perToken = (THREADS.getCurrentThreadAllocatedBytes() - before) / 100;
      assertThat(perToken).isZero();
    }
  }
}
