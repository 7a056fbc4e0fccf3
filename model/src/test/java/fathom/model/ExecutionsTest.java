package fathom.model;

import static fathom.model.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.DType;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.VectorKernels;
import fathom.tensor.WorkerPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// One model, several ways to compute it: the results agree, most of them bit for bit.
class ExecutionsTest {
  private static final Kernels KERNELS = LoadedModel.VECTOR;
  private static final int[] PROMPT = prompt("deepseek-v3-tiny");

  private static int[] prompt(String model) {
    try (Golden golden = Golden.ofModel(model)) {
      return golden.prompt("long");
    }
  }

  private static LoadedModel v3(MlaExecution execution) {
    ModelOptions options = ModelOptions.defaults().withMlaExecution(execution);
    return LoadedModel.of("deepseek-v3-tiny", KERNELS, options);
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-v3-tiny", "deepseek-v3-tiny-fp8", "deepseek-v2-lite-tiny"})
  void absorbedAttentionEqualsNaiveAttention(String name) {
    int[] prompt = Arrays.copyOf(PROMPT, 100);
    float[][] naive = logits(name, MlaExecution.NAIVE, prompt);
    float[][] absorbed = logits(name, MlaExecution.ABSORBED, prompt);
    for (int row = 0; row < prompt.length; row++) {
      assertClose("row " + row, absorbed[row], naive[row], 2e-4);
    }
  }

  private static float[][] logits(String name, MlaExecution execution, int[] prompt) {
    ModelOptions options = ModelOptions.defaults().withMlaExecution(execution);
    try (LoadedModel loaded = LoadedModel.of(name, KERNELS, options);
        CachedSequence sequence = loaded.newSequence()) {
      return sequence.forward(prompt);
    }
  }

  @Test
  void absorbedAttentionEqualsNaiveAttentionOnSplitKeyValueMatrices() {
    List<float[][]> results = new ArrayList<>();
    for (MlaExecution execution : List.of(MlaExecution.NAIVE, MlaExecution.ABSORBED)) {
      ModelOptions options = ModelOptions.defaults().withMlaExecution(execution);
      try (LoadedModel loaded =
              LoadedModel.open(
                  Golden.FIXTURES.resolve("gguf/deepseek-v3-tiny.BF16.gguf"), KERNELS, options);
          CachedSequence sequence = loaded.newSequence()) {
        results.add(sequence.forward(Arrays.copyOf(PROMPT, 80)));
      }
    }
    for (int row = 0; row < 80; row++) {
      assertClose("row " + row, results.get(1)[row], results.get(0)[row], 2e-4);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = MlaExecution.class,
      names = {"NAIVE", "ABSORBED"})
  void chunkedPrefillEqualsWholePrefillBitForBit(MlaExecution execution) {
    try (LoadedModel loaded = v3(execution);
        CachedSequence whole = loaded.newSequence();
        CachedSequence chunked = loaded.newSequence()) {
      float[][] expected = whole.forward(Arrays.copyOf(PROMPT, 150));
      List<float[]> found = new ArrayList<>();
      for (int from = 0; from < 150; from += 37) {
        int to = Math.min(150, from + 37);
        found.addAll(List.of(chunked.forward(Arrays.copyOfRange(PROMPT, from, to))));
      }
      assertThat(found.toArray(float[][]::new)).isDeepEqualTo(expected);
    }
  }

  @Test
  void choosingTheExecutionBySpanChangesLogitsByRoundingOnly() {
    try (LoadedModel loaded = v3(MlaExecution.AUTO);
        CachedSequence whole = loaded.newSequence();
        CachedSequence single = loaded.newSequence()) {
      float[][] expected = whole.forward(Arrays.copyOf(PROMPT, 70));
      for (int i = 0; i < 70; i++) {
        assertClose("row " + i, single.forward(PROMPT[i])[0], expected[i], 2e-4);
      }
    }
  }

  @Test
  void expandingHeadByHeadChangesNothing() {
    ModelOptions whole = ModelOptions.defaults().withMlaExecution(MlaExecution.NAIVE);
    float[][][] results = new float[2][][];
    for (int i = 0; i < 2; i++) {
      ModelOptions options = i == 0 ? whole : whole.withExpansionBytes(1);
      try (LoadedModel loaded = LoadedModel.of("deepseek-v3-tiny", KERNELS, options);
          CachedSequence sequence = loaded.newSequence()) {
        results[i] = sequence.forward(Arrays.copyOf(PROMPT, 90));
      }
    }
    assertThat(results[1]).isDeepEqualTo(results[0]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-v3-tiny", "deepseek-v2-tiny", "qwen3-tiny", "llama-tiny"})
  void batchedDecodingEqualsOneAtATimeBitForBit(String name) {
    try (LoadedModel loaded = LoadedModel.of(name)) {
      int[] starts = {1, 5, 70, 33};
      List<CachedSequence> alone = sequences(loaded, starts.length);
      List<CachedSequence> together = sequences(loaded, starts.length);
      for (int s = 0; s < starts.length; s++) {
        alone.get(s).forward(Arrays.copyOf(PROMPT, starts[s]));
        together.get(s).forward(Arrays.copyOf(PROMPT, starts[s]));
      }
      for (int step = 0; step < 3; step++) {
        int[] ids = new int[starts.length];
        List<Span> spans = new ArrayList<>();
        for (int s = 0; s < starts.length; s++) {
          ids[s] = PROMPT[100 + 7 * s + step];
          spans.add(together.get(s).next(s, 1));
        }
        float[][] found =
            CachedSequence.copy(
                loaded
                    .model()
                    .forward(new StepBatch(ids, spans, IntStream.range(0, ids.length).toArray())));
        for (int s = 0; s < starts.length; s++) {
          assertThat(found[s]).as("sequence " + s).isEqualTo(alone.get(s).forward(ids[s])[0]);
        }
      }
      alone.forEach(CachedSequence::close);
      together.forEach(CachedSequence::close);
    }
  }

  private static List<CachedSequence> sequences(LoadedModel loaded, int count) {
    return IntStream.range(0, count).mapToObj(i -> loaded.newSequence()).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-v3-tiny", "qwen2-tiny"})
  void prefillAndDecodingShareAStepBitForBit(String name) {
    try (LoadedModel loaded = LoadedModel.of(name);
        CachedSequence decoding = loaded.newSequence();
        CachedSequence decodingAlone = loaded.newSequence();
        CachedSequence prefill = loaded.newSequence();
        CachedSequence prefillAlone = loaded.newSequence()) {
      decoding.forward(Arrays.copyOf(PROMPT, 12));
      decodingAlone.forward(Arrays.copyOf(PROMPT, 12));
      int[] ids = Arrays.copyOfRange(PROMPT, 40, 72);
      ids[31] = 7;
      List<Span> spans = List.of(prefill.next(0, 31), decoding.next(31, 1));
      int[] outputs = {3, 30, 31};

      float[][] found =
          CachedSequence.copy(loaded.model().forward(new StepBatch(ids, spans, outputs)));
      float[] hidden = loaded.model().lastHidden().toArray(2);
      Matrix states = loaded.model().lastStates();

      assertThat(states.toArray(31)).isEqualTo(hidden);
      float[][] expected = prefillAlone.forward(Arrays.copyOf(ids, 31));
      assertThat(found[0]).isEqualTo(expected[3]);
      assertThat(found[1]).isEqualTo(expected[30]);
      assertThat(found[2]).isEqualTo(decodingAlone.forward(7)[0]);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-v3-tiny", "qwen3-tiny"})
  void twoThreadsGiveTheSameBitsAsOne(String name) {
    float[][] one;
    float[][] two;
    try (LoadedModel loaded = LoadedModel.of(name);
        CachedSequence sequence = loaded.newSequence()) {
      one = sequence.forward(Arrays.copyOf(PROMPT, 60));
    }
    try (WorkerPool pool = new WorkerPool(2);
        LoadedModel loaded =
            LoadedModel.of(name, new VectorKernels(pool), ModelOptions.defaults());
        CachedSequence sequence = loaded.newSequence()) {
      two = sequence.forward(Arrays.copyOf(PROMPT, 60));
    }
    assertThat(two).isDeepEqualTo(one);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F16", "BF16"})
  void aNarrowCacheChangesLogitsLittle(DType type) {
    ModelOptions options = ModelOptions.defaults().withCacheType(type);
    for (String name : List.of("qwen2-tiny", "deepseek-v2-lite-tiny")) {
      try (LoadedModel exact = LoadedModel.of(name);
          LoadedModel narrow = LoadedModel.of(name, KERNELS, options);
          CachedSequence expected = exact.newSequence();
          CachedSequence found = narrow.newSequence()) {
        int[] prompt = Arrays.copyOf(PROMPT, 40);
        float[][] a = expected.forward(prompt);
        float[][] b = found.forward(prompt);
        double[] differences =
            IntStream.range(0, 40)
                .mapToDouble(row -> Closeness.largestDifference(a[row], b[row]))
                .sorted()
                .toArray();
        assertThat(differences[20]).as(name).isBetween(1e-6, type == DType.F16 ? 0.05 : 0.3);
        assertThat(narrow.model().cacheLayout().rowBytes())
            .isEqualTo(exact.model().cacheLayout().rowBytes() / 2);
      }
    }
  }

  @Test
  void aSequenceMayBeRewoundAndContinuedOtherwise() {
    try (LoadedModel loaded = LoadedModel.of("deepseek-v3-tiny");
        CachedSequence sequence = loaded.newSequence();
        CachedSequence fresh = loaded.newSequence()) {
      sequence.forward(Arrays.copyOf(PROMPT, 30));
      sequence.rewind(20);
      float[][] found = sequence.forward(9, 8, 7);
      fresh.forward(Arrays.copyOf(PROMPT, 20));
      assertThat(found).isDeepEqualTo(fresh.forward(9, 8, 7));
    }
  }
}
