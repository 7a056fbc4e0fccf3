package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import fathom.training.LearningRateSchedule.Decay;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingRecipeTest {
  @TempDir Path folder;

  private static TrainingRecipe recipe(String json) {
    return TrainingRecipe.of(MicroModel.json(json), "recipe.json");
  }

  @Test
  void anEmptyRecipeIsTheDefault() {
    assertThat(recipe("{}")).isEqualTo(TrainingRecipe.defaults());
  }

  @Test
  void whatIsGivenReplacesTheDefaultAndNothingElse() {
    TrainingRecipe recipe = recipe("{\"steps\": 7, \"schedule\": {\"decay\": \"LINEAR\"}}");
    assertThat(recipe.steps()).isEqualTo(7);
    assertThat(recipe.schedule().decay()).isEqualTo(Decay.LINEAR);
    assertThat(recipe.batch()).isEqualTo(TrainingRecipe.defaults().batch());
  }

  @Test
  void theResolvedRecipeReadsBackAsItself() {
    TrainingRecipe recipe = recipe("{\"seed\": 42, \"losses\": {\"z_loss\": 0.001}}");
    assertThat(TrainingRecipe.of(recipe.toJson(), "resolved")).isEqualTo(recipe);
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"stepps\": 7}', stepps",
    "'{\"batch\": {\"size\": 7}}', batch.size",
    "'{\"steps\": \"many\"}', steps",
    "'{\"steps\": 0}', steps",
    "'{\"batch\": {\"length\": 1}}', batch",
    "'{\"keeping\": {\"keep_last\": 0}}', keeping",
    "'{\"schedule\": {\"decay\": \"UPWARDS\"}}', recipe"
  })
  void whatMakesNoSenseIsNamed(String json, String place) {
    assertThatThrownBy(() -> recipe(json))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining(place);
  }

  @Test
  void aFileThatIsNoJsonIsNamed() throws Exception {
    Path file = Files.writeString(folder.resolve("recipe.json"), "{\"steps\": ");
    assertThatThrownBy(() -> TrainingRecipe.read(file))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("recipe.json");
  }

  @Test
  void theRateRisesStaysAndFalls() {
    LearningRateSchedule schedule = new LearningRateSchedule(1, 0.1f, 10, 50, 100, Decay.COSINE);
    assertThat(schedule.at(0)).isEqualTo(0.1f);
    assertThat(schedule.at(9)).isOne();
    assertThat(schedule.at(49)).isOne();
    assertThat(schedule.at(74)).isCloseTo(0.55f, within(1e-3f));
    assertThat(schedule.at(99)).isCloseTo(0.1f, within(1e-3f));
    assertThat(schedule.at(1000)).isEqualTo(0.1f);
    for (int step = 50; step < 99; step++) {
      assertThat(schedule.at(step + 1)).isLessThan(schedule.at(step));
    }
  }

  @Test
  void aScheduleWhoseStagesOverlapIsRefused() {
    assertThatThrownBy(() -> new LearningRateSchedule(1, 0, 10, 5, 100, Decay.LINEAR))
        .isInstanceOf(RecipeException.class);
  }

  @Test
  void theBatchGrows() {
    TrainingRecipe.BatchRecipe batch =
        recipe("{\"batch\": {\"first_sequences\": 4, \"ramp_steps\": 6}}").batch();
    assertThat(batch.at(0)).isEqualTo(4);
    assertThat(batch.at(3)).isEqualTo(10);
    assertThat(batch.at(6)).isEqualTo(16);
  }
}
