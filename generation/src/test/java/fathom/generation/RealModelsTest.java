package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RealModelsTest {
  private static final String END = "<｜end▁of▁sentence｜>";

  @Test
  void theTrainedAdderGivesAllItsAnswers() throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    for (String line : Files.readAllLines(Fixtures.path("models/adder-v3/cases.jsonl"))) {
      cases.add(JsonMapper.shared().readTree(line));
    }
    assertThat(cases).hasSize(200);
    try (RealModels real = RealModels.open("adder-v3", 32)) {
      List<GenerationHandle> handles =
          cases.stream().map(item -> submit(real.engine(), item)).toList();
      for (int i = 0; i < handles.size(); i++) {
        JsonNode item = cases.get(i);
        GenerationResult result = handles.get(i).await();
        String expected = item.path("greedy_text").stringValue();
        assertThat(result.ids())
            .as("case %d", i)
            .isEqualTo(RealModels.ids(item.path("greedy_ids")));
        assertThat(result.text() + END).isEqualTo(expected);
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      }
    }
  }

  private static GenerationHandle submit(Engine engine, JsonNode item) {
    return engine.submit(
        GenerationRequest.builder(RealModels.ids(item.path("prompt_ids")))
            .sampling(SamplingParameters.greedy(200))
            .build(),
        token -> {});
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
  void greedyContinuationsAreTheGoldenOnes(String name) {
    JsonNode golden = RealModels.golden(name);
    try (RealModels real = RealModels.open(name, 4)) {
      List<GenerationHandle> handles = new ArrayList<>();
      for (String prompt : List.of("short", "long", "short")) {
        int[] ids = RealModels.ids(golden.path("prompts").path(prompt).path("ids"));
        handles.add(real.engine().submit(Engines.greedy(ids, 32), token -> {}));
      }
      assertThat(handles.get(0).await().ids())
          .isEqualTo(RealModels.ids(golden.path("greedy").path("short")));
      assertThat(handles.get(1).await().ids())
          .isEqualTo(RealModels.ids(golden.path("greedy").path("long")));
      assertThat(handles.get(2).await().ids())
          .isEqualTo(RealModels.ids(golden.path("greedy").path("short")));
    }
  }

  /// The goldens say which of the guesses along the greedy continuation are right; the engine meets
  /// all of them but those that a right one skips, and leaves those of its first step unused.
  @Test
  void theDraftsOfTheReleasedFormAreAcceptedWhereTheGoldenOnesAre() {
    JsonNode golden = RealModels.golden("deepseek-v3-tiny-fp8");
    int[] greedy = RealModels.ids(golden.path("greedy").path("short"));
    int[] drafts = RealModels.ids(golden.path("mtp").path("drafts_along_greedy_short").path("ids"));
    int expected = 0;
    for (int known = 1; known < 31; known++) {
      if (drafts[known] == greedy[known + 1]) {
        expected++;
        known++;
      }
    }
    assertThat(expected).isEqualTo(3);
    try (RealModels real = RealModels.open("deepseek-v3-tiny-fp8", 4)) {
      int[] prompt = RealModels.ids(golden.path("prompts").path("short").path("ids"));
      GenerationResult result = Engines.run(real.engine(), Engines.greedy(prompt, 32));
      assertThat(result.ids()).isEqualTo(greedy);
      EngineStatistics.Speculation speculation = real.engine().statistics().speculation();
      assertThat(speculation.available()).isTrue();
      assertThat(speculation.accepted()).isEqualTo(expected);
    }
  }

  @Test
  void theAdderSampledWithASeedIsTheSameAloneAndInABatch() {
    int[] prompt = {0, 3, 292, 227, 29, 27, 22, 263, 227, 26, 4, 5, 205};
    List<int[]> alone = new ArrayList<>();
    try (RealModels real = RealModels.open("adder-v3", 1)) {
      for (int seed = 0; seed < 12; seed++) {
        alone.add(Engines.run(real.engine(), Engines.sampled(prompt, 60, seed)).ids());
      }
    }
    try (RealModels real = RealModels.open("adder-v3", 12)) {
      List<GenerationListener> listeners = new ArrayList<>();
      for (int seed = 0; seed < 12; seed++) {
        listeners.add(token -> {});
      }
      List<GenerationHandle> group =
          real.engine().submitGroup(Engines.sampled(prompt, 60, 0), listeners);
      for (int seed = 0; seed < 12; seed++) {
        assertThat(group.get(seed).await().ids()).isEqualTo(alone.get(seed));
      }
    }
  }
}
