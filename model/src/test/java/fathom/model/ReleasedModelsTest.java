package fathom.model;

import static fathom.model.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The models of the fixtures against what transformers computes in float32.
class ReleasedModelsTest {
  private static final double LOGITS = 1e-3;
  private static final double WEIGHTS = 1e-4;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-v3-tiny",
        "deepseek-v3-tiny-fp8",
        "deepseek-v2-lite-tiny",
        "deepseek-v2-tiny",
        "qwen2-tiny",
        "qwen3-tiny",
        "llama-tiny"
      })
  void givesTheReferencesLogitsAndHiddenStates(String name) {
    assertGolden(name, LoadedModel.SCALAR);
    assertGolden(name, LoadedModel.VECTOR);
  }

  private static void assertGolden(String name, Kernels kernels) {
    try (Golden golden = Golden.ofModel(name);
        LoadedModel loaded = LoadedModel.of(name, kernels, ModelOptions.defaults());
        CachedSequence sequence = loaded.newSequence()) {
      Map<Integer, float[][]> hidden = new HashMap<>();
      loaded
          .model()
          .observe(
              new ForwardObserver() {
                @Override
                public void hidden(int layer, Matrix state) {
                  hidden.put(layer, CachedSequence.copy(state));
                }
              });

      float[][] logits = sequence.forward(golden.prompt("short"));

      int layers = loaded.model().config().layers();
      assertClose("embedding", hidden.get(-1), golden.matrix("short.hidden.embed"), LOGITS);
      for (int layer = 0; layer < layers; layer++) {
        String key = "short.hidden.layer" + layer;
        assertClose(key, hidden.get(layer), golden.matrix(key), LOGITS);
      }
      Matrix finalNorm = golden.matrix("short.hidden.final_norm");
      assertClose("final norm", hidden.get(layers), finalNorm, LOGITS);
      assertClose("logits", logits, golden.matrix("short.logits"), LOGITS);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-v3-tiny",
        "deepseek-v3-tiny-fp8",
        "deepseek-v2-lite-tiny",
        "deepseek-v2-tiny"
      })
  void choosesTheReferencesExperts(String name) {
    try (Golden golden = Golden.ofModel(name);
        LoadedModel loaded = LoadedModel.of(name)) {
      for (String prompt : new String[] {"short", "long"}) {
        try (CachedSequence sequence = loaded.newSequence()) {
          RouterRecorder recorder = new RouterRecorder();
          loaded.model().observe(recorder);

          sequence.forward(golden.prompt(prompt));

          for (int layer = 1; layer < loaded.model().config().layers(); layer++) {
            recorder.assertAgrees(golden, "%s.router.layer%d".formatted(prompt, layer), layer);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-v3-tiny",
        "deepseek-v3-tiny-fp8",
        "deepseek-v2-lite-tiny",
        "deepseek-v2-tiny",
        "qwen2-tiny",
        "qwen3-tiny",
        "llama-tiny"
      })
  void continuesGreedilyAsTheReference(String name) {
    try (Golden golden = Golden.ofModel(name);
        LoadedModel loaded = LoadedModel.of(name)) {
      for (String prompt : new String[] {"short", "long"}) {
        try (CachedSequence sequence = loaded.newSequence()) {
          int[] expected = golden.greedy(prompt);
          int[] found = sequence.greedy(golden.prompt(prompt), expected.length);
          assertThat(found).as(prompt).isEqualTo(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-v3-tiny",
        "deepseek-v3-tiny-fp8",
        "deepseek-v2-lite-tiny",
        "deepseek-v2-tiny",
        "qwen2-tiny",
        "qwen3-tiny",
        "llama-tiny"
      })
  void agreesOnALongPrompt(String name) {
    try (Golden golden = Golden.ofModel(name);
        LoadedModel loaded = LoadedModel.of(name);
        CachedSequence sequence = loaded.newSequence()) {
      float[][] logits = sequence.forward(golden.prompt("long"));

      float[] last = golden.matrix("long.last_logits").toArray(0);
      assertClose("last logits", logits[logits.length - 1], last, LOGITS);
      int[] argmax = Arrays.stream(logits).mapToInt(CachedSequence::argmax).toArray();
      assertThat(argmax).isEqualTo(golden.intTensor("long.argmax"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-v3-tiny", "deepseek-v3-tiny-fp8"})
  void draftsAsTheReference(String name) {
    try (Golden golden = Golden.ofModel(name);
        LoadedModel loaded = LoadedModel.of(name);
        CachedSequence sequence = loaded.newSequence()) {
      RouterRecorder recorder = new RouterRecorder();
      loaded.model().observe(recorder);
      sequence.forward(golden.prompt("short"));
      int[] following = Golden.ints(golden.json().at("/mtp/next_ids_short"));

      float[][] drafts = sequence.draft(0, following, loaded.model().lastStates());

      assertClose("draft logits", drafts, golden.matrix("mtp.short.logits"), LOGITS);
      recorder.assertAgrees(golden, "mtp.short.router", loaded.model().draftLayer().orElseThrow());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-v3-tiny", "deepseek-v3-tiny-fp8"})
  void draftsTokenByTokenAlongAContinuation(String name) {
    try (Golden golden = Golden.ofModel(name);
        LoadedModel loaded = LoadedModel.of(name);
        CachedSequence sequence = loaded.newSequence()) {
      int[] prompt = golden.prompt("short");
      int[] greedy = golden.greedy("short");
      int[] expected = Golden.ints(golden.json().at("/mtp/drafts_along_greedy_short/ids"));
      sequence.forward(prompt);
      int[] following = Arrays.copyOfRange(prompt, 1, prompt.length + 1);
      following[prompt.length - 1] = greedy[0];
      float[][] drafts = sequence.draft(0, following, loaded.model().lastStates());
      int[] found = new int[expected.length];
      found[0] = CachedSequence.argmax(drafts[drafts.length - 1]);
      for (int i = 1; i < expected.length; i++) {
        sequence.forward(greedy[i - 1]);
        int position = sequence.length() - 1;
        drafts = sequence.draft(position, new int[] {greedy[i]}, loaded.model().lastHidden());
        found[i] = CachedSequence.argmax(drafts[0]);
      }

      assertThat(found).isEqualTo(expected);
    }
  }

  @Test
  void scalesQwen3ByAttnFactorWhenAskedTo() {
    ModelOptions options = ModelOptions.defaults().withAttnFactorHonoured(true);
    try (Golden golden = Golden.ofModel("qwen3-tiny");
        LoadedModel loaded = LoadedModel.of("qwen3-tiny", LoadedModel.VECTOR, options);
        CachedSequence sequence = loaded.newSequence()) {
      float[][] logits = sequence.forward(golden.prompt("short"));
      assertClose("logits", logits, golden.matrix("attn_factor.short.logits"), LOGITS);
    }
  }

  /// Remembers the choices of each layer.
  private static final class RouterRecorder implements ForwardObserver {
    private final Map<Integer, int[]> experts = new HashMap<>();
    private final Map<Integer, float[][]> weights = new HashMap<>();

    @Override
    public void routed(int layer, ExpertSelection selection) {
      int perToken = selection.expertsPerToken();
      int[] chosen = new int[selection.tokens() * perToken];
      for (int slot = 0; slot < chosen.length; slot++) {
        chosen[slot] = selection.expert(slot / perToken, slot % perToken);
      }
      experts.put(layer, chosen);
      weights.put(layer, CachedSequence.copy(selection.weights()));
    }

    void assertAgrees(Golden golden, String key, int layer) {
      assertThat(experts.get(layer)).as(key).isEqualTo(golden.intTensor(key + ".indices"));
      assertClose(key, weights.get(layer), golden.matrix(key + ".weights"), WEIGHTS);
    }
  }
}
