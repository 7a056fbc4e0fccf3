package fathom.evaluation.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.evaluation.GeneratedSuite;
import fathom.evaluation.Problem;
import fathom.evaluation.Response;
import fathom.evaluation.Score;
import fathom.evaluation.Split;
import fathom.evaluation.TaskException;
import fathom.evaluation.TaskFamily;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TaskFamiliesTest {
  private static final int SEEDS = 60;
  private static final int CONTEXT = 2048;

  static java.util.stream.Stream<TaskFamily> families() {
    return TaskFamilies.all().stream();
  }

  private static void each(TaskFamily family, Consumer<Problem> test) {
    for (Split split : Split.values()) {
      for (int difficulty = 1; difficulty <= 5; difficulty++) {
        for (int seed = 0; seed < SEEDS; seed++) {
          test.accept(family.generate(split, difficulty, new SplittableRandom(seed)));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void everyWorkedSolutionIsRightAndInTheAskedForm(TaskFamily family) {
    each(
        family,
        problem -> {
          Response response = Response.parse(problem.solution().text());
          Score score = problem.task().score(response);
          assertThat(score.strict())
              .as("%s%n%s", problem.task().question(), problem.solution().text())
              .isTrue();
          assertThat(score.lenient()).isTrue();
        });
  }

  @ParameterizedTest
  @MethodSource("families")
  void everyStepThatLooksLikeAnEquationIsTrue(TaskFamily family) {
    each(
        family,
        problem -> {
          for (String line : problem.solution().reasoning().split("\n", -1)) {
            if (line.matches("[-0-9+*/()]+=-?\\d+") && !line.matches(".*/.*/.*")) {
              String[] sides = line.split("=", -1);
              assertThat(
                      fathom.evaluation.math.MathEquality.equal(
                          sides[1].replaceFirst("^0(?=\\d)", ""), sides[0]))
                  .as(line)
                  .isTrue();
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("families")
  void everyQuestionAndSolutionFitsASmallContext(TaskFamily family) {
    each(
        family,
        problem ->
            assertThat(problem.task().question().length() + problem.solution().text().length())
                .as("%s%n%s", problem.task().question(), problem.solution().text())
                .isLessThan(CONTEXT));
  }

  @ParameterizedTest
  @MethodSource("families")
  void reasoningIsPlainAscii(TaskFamily family) {
    each(family, problem -> assertThat(problem.solution().text()).matches("\\A\\p{ASCII}*\\z"));
  }

  @ParameterizedTest
  @MethodSource("families")
  void noSlotStaysOpen(TaskFamily family) {
    each(
        family,
        problem ->
            assertThat(problem.task().question() + problem.solution().text())
                .doesNotContainPattern("\\{[a-z]+\\}"));
  }

  @ParameterizedTest
  @MethodSource("families")
  void operandsLieOnTheAskedSide(TaskFamily family) {
    for (Split split : Split.values()) {
      for (int seed = 0; seed < SEEDS; seed++) {
        Problem problem = family.generate(split, 3, new SplittableRandom(seed));
        assertThat(Split.of(problem.operands())).isEqualTo(split);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void theSplitsShareNoQuestion(TaskFamily family) {
    Set<String> train = new HashSet<>();
    Set<String> heldOut = new HashSet<>();
    for (int seed = 0; seed < 1_000; seed++) {
      int difficulty = 1 + seed % 5;
      train.add(
          family.generate(Split.TRAIN, difficulty, new SplittableRandom(seed)).task().question());
      heldOut.add(
          family
              .generate(Split.HELD_OUT, difficulty, new SplittableRandom(seed))
              .task()
              .question());
    }
    train.retainAll(heldOut);
    assertThat(train).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("families")
  void heldOutWordingsAreMadeOfWordsThatTrainingUses(TaskFamily family) {
    Set<String> known = new HashSet<>();
    Set<String> asked = new HashSet<>();
    for (int seed = 0; seed < 3_000; seed++) {
      int difficulty = 1 + seed % 5;
      words(family.generate(Split.TRAIN, difficulty, new SplittableRandom(seed)), known);
      words(family.generate(Split.HELD_OUT, difficulty, new SplittableRandom(seed)), asked);
    }
    asked.removeAll(known);
    assertThat(asked).isEmpty();
  }

  private static void words(Problem problem, Set<String> words) {
    for (String word : problem.task().question().toLowerCase(Locale.ROOT).split("[^a-z]+", -1)) {
      words.add(word);
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void sameSeedGivesTheSameProblem(TaskFamily family) {
    for (int seed = 0; seed < 20; seed++) {
      Problem first = family.generate(Split.TRAIN, 4, new SplittableRandom(seed));
      Problem second = family.generate(Split.TRAIN, 4, new SplittableRandom(seed));
      assertThat(second.task().question()).isEqualTo(first.task().question());
      assertThat(second.solution()).isEqualTo(first.solution());
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void refusesADifficultyOutOfRange(TaskFamily family) {
    assertThatThrownBy(() -> family.generate(Split.TRAIN, 6, new SplittableRandom(1)))
        .isInstanceOf(TaskException.class)
        .hasMessageContaining("1 to 5");
  }

  @Test
  void wrongAnswersAreWrong() {
    for (TaskFamily family : TaskFamilies.all()) {
      Problem problem = family.generate(Split.TRAIN, 3, new SplittableRandom(7));
      for (String wrong :
          new String[] {"The answer is 987654321.", "", "The answer is .", "<think>\n42"}) {
        assertThat(problem.task().score(Response.parse(wrong)).strict())
            .as(family.name())
            .isFalse();
      }
    }
  }

  @Test
  void aRowOfProblemsDependsOnSeedAndIndexOnly() {
    GeneratedSuite first = new GeneratedSuite(TaskFamilies.all(), Split.TRAIN, 1, 5, 11);
    GeneratedSuite again = new GeneratedSuite(TaskFamilies.all(), Split.TRAIN, 1, 5, 11);
    GeneratedSuite other = new GeneratedSuite(TaskFamilies.all(), Split.TRAIN, 1, 5, 12);
    int different = 0;
    for (long index = 200; index > 0; index--) {
      String question = first.problem(index).task().question();
      assertThat(again.problem(index).task().question()).isEqualTo(question);
      different += other.problem(index).task().question().equals(question) ? 0 : 1;
    }
    assertThat(different).isGreaterThan(150);
  }

  @Test
  void twoThousandHeldOutProblemsAreDifferentQuestions() {
    GeneratedSuite row = new GeneratedSuite(TaskFamilies.reasoning(), Split.HELD_OUT, 1, 5, 3);
    var suite = row.suite("held-out", 2_000);
    assertThat(suite.tasks()).hasSize(2_000);
    assertThat(suite.tasks().stream().map(task -> task.question()).distinct().count())
        .isEqualTo(2_000);
    assertThat(suite.tasks().stream().map(task -> task.family()).distinct().count())
        .isEqualTo(TaskFamilies.reasoning().size());
  }

  @Test
  void theNewcomersQuestionsAreWorkedOut() {
    assertThat(Columns.sum(4817, 2596)).endsWith("4817+2596=7413");
    assertThat(Columns.product(12, 15)).endsWith("12*15=180");
    assertThat(Columns.difference(5003, 1278)).endsWith("5003-1278=3725");
    assertThat(Columns.difference(12, 45)).endsWith("12-45=-33");
    assertThat(Columns.quotient(9724, 4)).endsWith("9724/4=2431");
    assertThat(Columns.quotient(17, 5)).endsWith("17/5=3 r 2");
  }

  @Test
  void anUnknownFamilyIsRefusedWithTheList() {
    assertThatThrownBy(() -> TaskFamilies.named("poetry"))
        .isInstanceOf(TaskException.class)
        .hasMessageContaining("poetry")
        .hasMessageContaining("countdown");
  }
}
