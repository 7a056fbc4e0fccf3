package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
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
