package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportTest {
  @TempDir Path run;

  @BeforeEach
  void writeARun() throws IOException {
    Files.writeString(run.resolve("run.json"), "{\"data\": \"/nowhere\"}");
    Files.writeString(run.resolve("recipe.resolved.json"), "{\"steps\": 3}");
    Files.writeString(
        run.resolve("metrics.jsonl"),
        """
        {"step":1,"loss":5.5,"lr":0.1,"expert_load":{"1":[0.5,1.5]}}
        {"step":2,"loss":4.5,"lr":0.2,"val_loss":4.25,"expert_load":{"1":[1.0,1.0]}}
        {"step":3,"loss":4.0,"l\
        """);
    Files.writeString(
        run.resolve("samples.jsonl"), "{\"step\":2,\"text\":\"<script>alert(1)</script>\"}\n");
  }

  @Test
  void hasCurvesHeatMapAndEscapedSamples() {
    String page = new RunReport(RunMetrics.of(run)).html();
    assertThat(page)
        .contains("<polyline", "Layer 1", "expert 1: 1.50", "&lt;script&gt;")
        .doesNotContain("<script", "http");
  }

  @Test
  void aHalfWrittenLastLineDoesNotCount() {
    RunMetrics metrics = RunMetrics.of(run);
    assertThat(metrics.steps()).isEqualTo(2);
    assertThat(metrics.last("val_loss")).hasValue(4.25);
    assertThat(metrics.last("unheard_of")).isEmpty();
  }

  @Test
  void listsTheRunsOfAFolder() {
    assertThat(RunMetrics.in(run.getParent())).extracting(RunMetrics::path).contains(run);
  }

  @Test
  void aFolderWithoutARunIsRefused() {
    assertThatThrownBy(() -> RunMetrics.of(run.resolve("none")))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected a run");
  }

  @Test
  void aRunOfReinforcementLearningHasItsCurvesAndTheSameQuestionsSideBySide() throws IOException {
    Files.writeString(
        run.resolve("metrics.jsonl"),
        """
        {"step":0,"val_accuracy":0.25,"val_accuracy_by_family":{"addition":0.25}}
        {"step":1,"reward":0.5,"reward_accuracy":0.4,"length":30,"entropy":0.5,"zero_variance":0.5}
        {"step":2,"reward":0.75,"reward_accuracy":0.7,"length":40,"entropy":0.4,"zero_variance":0.1,\
        "val_accuracy":0.875,"val_accuracy_by_family":{"addition":0.875}}
        """);
    Files.writeString(
        run.resolve("samples.jsonl"),
        """
        {"step":0,"question":"1 < 2?","expected":"yes","text":"no","right":false}
        {"step":2,"question":"1 < 2?","expected":"yes","text":"<b>yes","right":true}
        """);
    String page = new RunReport(RunMetrics.of(run)).html();
    assertThat(page)
        .contains("<h2>Reward</h2>", "reward_accuracy</span>")
        .contains("Held-out tasks answered right, by family", "<td>0.25", "<td>0.875")
        .containsSubsequence("1 &lt; 2?", "Step 0: wrong", "no", "Step 2: right", "&lt;b&gt;yes");
  }
}
