package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StepBudgetTest {
  @Test
  void aPromptAloneGetsAll() {
    StepBudget budget = new StepBudget(512);
    budget.measured(100, 4, 0);
    budget.measured(1_000_000, 0, 512);
    assertThat(budget.promptTokens(false)).isEqualTo(512);
  }

  @Test
  void withoutAMeasurementAllIsTried() {
    assertThat(new StepBudget(512).promptTokens(true)).isEqualTo(512);
  }

  @Test
  void besideOthersAStepTakesFourPlainOnesAtMost() {
    StepBudget budget = new StepBudget(512);
    budget.measured(1000, 4, 0); // a plain step
    budget.measured(1000 + 512 * 10, 4, 512); // ten for each prompt token
    assertThat(budget.promptTokens(true)).isEqualTo(256); // 3 * 1000 / 10, in blocks of 64
  }

  @Test
  void oneBlockIsAlwaysComputed() {
    StepBudget budget = new StepBudget(512);
    budget.measured(10, 4, 0);
    budget.measured(1_000_000, 4, 512);
    assertThat(budget.promptTokens(true)).isEqualTo(64);
  }

  @Test
  void cheapPromptsAreNotHeldBack() {
    StepBudget budget = new StepBudget(512);
    budget.measured(1000, 4, 0);
    budget.measured(1100, 4, 512);
    assertThat(budget.promptTokens(true)).isEqualTo(512);
  }

  @Test
  void laterMeasurementsCount() {
    StepBudget budget = new StepBudget(512);
    budget.measured(1000, 4, 0);
    budget.measured(1000 + 512 * 100, 4, 512);
    assertThat(budget.promptTokens(true)).isEqualTo(64);
    for (int i = 0; i < 50; i++) {
      budget.measured(1000 + 512, 4, 512);
    }
    assertThat(budget.promptTokens(true)).isEqualTo(512);
  }
}
