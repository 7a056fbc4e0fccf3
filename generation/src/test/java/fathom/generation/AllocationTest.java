package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Decoding makes no garbage: what the engine's thread allocates between two tokens is nothing, but
/// for a block's key and entry every 64 tokens.
class AllocationTest {
  private static final int WARM_UP = 400;
  private static final int MEASURED = 1000;

  @ParameterizedTest(name = "temperature {0}, top-p {1}, {2} sequences, drafts {3}")
  @CsvSource({"0, 1, 1, -1", "1, 1, 1, -1", "0.8, 0.9, 1, -1", "0.8, 0.9, 4, -1", "0, 1, 1, 0.8"})
  void aTokenAllocatesNothing(double temperature, double topP, int sequences, double drafts) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] allocated = new long[2];
    try (Engine engine = Engines.open(new HashModel(drafts))) {
      List<GenerationHandle> handles = new ArrayList<>();
      for (int n = 0; n < sequences; n++) {
        boolean measuring = n == 0;
        GenerationListener listener =
            token -> {
              if (measuring && token.index() == WARM_UP) {
                allocated[0] = threads.getCurrentThreadAllocatedBytes();
              } else if (measuring && token.index() == WARM_UP + MEASURED) {
                allocated[1] = threads.getCurrentThreadAllocatedBytes();
              }
            };
        handles.add(engine.submit(request(n, temperature, topP), listener));
      }
      handles.forEach(GenerationHandle::await);
    }
    double bytesPerToken = (double) (allocated[1] - allocated[0]) / MEASURED / sequences;
    assertThat(bytesPerToken).isLessThan(16);
  }

  /// Until the JIT has compiled a vector operation, its vectors are objects; so answers are
  /// repeated until one of them is free of garbage.
  @Test
  void aTokenOfARealModelAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] allocated = new long[2];
    double least = Double.POSITIVE_INFINITY;
    try (RealModels real = RealModels.open("adder-v3", 1)) {
      for (int answer = 0; answer < 40 && least > 16; answer++) {
        GenerationListener listener =
            token -> {
              if (token.index() == 100 || token.index() == 300) {
                allocated[token.index() / 300] = threads.getCurrentThreadAllocatedBytes();
              }
            };
        GenerationRequest request =
            GenerationRequest.builder(new int[] {1, 2, 3, 4, answer + 5})
                .sampling(
                    SamplingParameters.builder()
                        .temperature(0)
                        .maxTokens(310)
                        .ignoreEndTokens()
                        .build())
                .withoutText()
                .build();
        real.engine().submit(request, listener).await();
        least = Math.min(least, (allocated[1] - allocated[0]) / 200.0);
      }
    }
    assertThat(least).isLessThan(16);
  }

  private static GenerationRequest request(int n, double temperature, double topP) {
    return GenerationRequest.builder(Fixtures.prompt(n, 20))
        .sampling(
            SamplingParameters.builder()
                .temperature(temperature)
                .topP(topP)
                .seed(n)
                .maxTokens(WARM_UP + MEASURED + 100)
                .ignoreEndTokens()
                .build())
        .withoutText()
        .build();
  }
}
