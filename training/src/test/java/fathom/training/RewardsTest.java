package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RewardsTest {
  private final RewardFunction strict = new AccuracyReward(false);
  private final RewardFunction lenient = new AccuracyReward(true);
  private final RewardFunction format = new FormatReward();

  @Test
  void aRightAnswerInTheAskedFormIsAccurateAndWellFormed() {
    Rollout answer = Rollouts.saying(Rollouts.WELL_FORMED);
    assertThat(strict.reward(answer)).isOne();
    assertThat(lenient.reward(answer)).isOne();
    assertThat(format.reward(answer)).isOne();
  }

  @Test
  void aWrongAnswerInTheAskedFormIsOnlyWellFormed() {
    Rollout answer = Rollouts.saying("hm\n</think>\n\nThe answer is 4.");
    assertThat(strict.reward(answer)).isZero();
    assertThat(format.reward(answer)).isOne();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "one and two, so 3",
        "hm\n</think>\n\n",
        "</think>\n\nThe answer is 3.",
        "a\n</think>\n\n<think>b</think>The answer is 3.",
        "hm\n</think>\n\nIt is three."
      })
  void whatIsNotWellFormed(String text) {
    assertThat(format.reward(Rollouts.saying(text))).isZero();
  }

  @Test
  void whatWasCutOffIsNeitherRightNorWellFormed() {
    Rollout answer = Rollouts.saying(Rollouts.WELL_FORMED, "length");
    assertThat(strict.reward(answer)).isZero();
    assertThat(format.reward(answer)).isZero();
  }

  @Test
  void theLanguageIsTheShareOfWordsInItsScript() {
    LanguageConsistencyReward english =
        new LanguageConsistencyReward(Character.UnicodeScript.LATIN);
    LanguageConsistencyReward chinese = new LanguageConsistencyReward(Character.UnicodeScript.HAN);
    assertThat(english.share("two plus three is 5")).isOne();
    assertThat(english.share("двa plus три is 5")).isEqualTo(0.5);
    assertThat(english.share("我们 add them")).isEqualTo(0.5);
    assertThat(chinese.share("我们 add them")).isEqualTo(0.5);
    assertThat(english.share("2 + 2 = 4")).isOne();
    assertThat(english.reward(Rollouts.saying(Rollouts.WELL_FORMED))).isOne();
  }

  @Test
  void theRewardIsTheWeightedSum() {
    Rewards rewards = Rewards.of("accuracy=1, format=0.5,language", Rewards.builtIn());
    assertThat(rewards.names()).containsExactly("accuracy", "format", "language");
    double[] each = rewards.each(Rollouts.saying(Rollouts.WELL_FORMED));
    assertThat(rewards.total(each)).isEqualTo(2.5);
  }

  private record Shortness() implements RewardFunction {
    @Override
    public String name() {
      return "shortness";
    }

    @Override
    public double reward(Rollout rollout) {
      return 1.0 / rollout.length();
    }
  }

  @Test
  void functionsOfOnesOwnCanBePluggedIn() {
    List<RewardFunction> all = new ArrayList<>(Rewards.builtIn());
    all.add(new Shortness());
    Rewards rewards = Rewards.of("shortness=3", all);
    assertThat(rewards.total(rewards.each(Rollouts.saying("")))).isOne();
  }

  @ParameterizedTest
  @ValueSource(strings = {"beauty=1", "", "accuracy=high", "accuracy=1=2", "accuracy=Infinity"})
  void whatIsNoRewardIsNamed(String names) {
    assertThatThrownBy(() -> Rewards.of(names, Rewards.builtIn()))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("tasks.rewards");
  }

  @Test
  void theReasoningIsMeasured() {
    assertThat(Rollouts.saying("never ends").reasoningLength()).isEqualTo(3);
    assertThat(Rollouts.saying("</think>x").reasoningLength()).isZero();
    assertThat(Rollouts.saying("12345678</think>").reasoningLength()).isEqualTo(2);
  }
}
