package fathom.evaluation.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MathEqualityTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "12 @ 12.0",
        "12 @ 12.",
        "1234567 @ 1,234,567",
        "11111111100 @ 11,\\! 111,\\! 111,\\! 100",
        "10,\\!080 @ 10080",
        "58,500 @ 58500",
        "\\frac{1}{2} @ 0.5",
        "\\frac43 @ 4/3",
        "\\frac 59 @ \\dfrac{5}{9}",
        "1\\frac{4}{5} @ 9/5",
        "1 4/5 @ 1.8",
        "137 \\frac{1}{2} @ 137.5",
        ".35625 @ 0.35625",
        "-\\frac{3}{8} @ \\frac{-3}{8}",
        "10% @ 0.1",
        "10% @ 10",
        "10\\% @ 10%",
        "\\$18.90 @ 18.9",
        "\\$32,\\!348 @ 32348",
        "864 \\mbox{ inches}^2 @ 864",
        "864 \\mbox{ inches}^2 @ 864 square inches",
        "5.4 \\text{ cents} @ 5.4",
        "\\frac{270}7\\text{ degrees} @ \\frac{270}{7}",
        "90^\\circ @ 90",
        "180 @ 180 eggs",
        "5 @ 5 cm",
        "5 @ 5\\,cm",
        "x=5 @ 5",
        "5 @ x = 5",
        "11\\sqrt2 @ 11 \\sqrt{2}",
        "11\\sqrt2 @ \\sqrt{242}",
        "\\frac{\\sqrt{3}}{3} @ 1/\\sqrt{3}",
        "3\\sqrt{13} @ 3*sqrt(13)",
        "\\sqrt[3]{-8} @ -2",
        "2^{10} @ 1024",
        "288 \\pi @ 288π",
        "\\frac{20000}{\\pi} @ 20000/pi",
        "6 - 5i @ -5i+6",
        "(a+5)(b+2) @ ab+2a+5b+10",
        "x^3+3x-6 @ -6 + 3x + x^3",
        "\\cot x @ \\frac{\\cos x}{\\sin x}",
        "\\sin^2 x @ 1 - \\cos^2(x)",
        "\\log_2 8 @ 3",
        "y = 2x + 3 @ 2x - y + 3 = 0",
        "1 \\pm \\sqrt{19} @ 1-\\sqrt{19}, 1+\\sqrt{19}",
        "\\{1\\pm\\sqrt{5},-2\\} @ \\{-2, 1+\\sqrt{5}, 1-\\sqrt{5}\\}",
        "1,-2 @ -2 and 1",
        "3, 5, 7 @ 7, 3, 5",
        "\\left( 3, \\frac{\\pi}{2} \\right) @ (3, pi/2)",
        "x \\in [-2,7] @ [-2, 7]",
        "(0,9) \\cup (9,36) @ (9,36)\\cup(0,9)",
        "(2,\\infty) @ (2, ∞)",
        "\\begin{pmatrix} -1/3 \\\\ 2/3 \\end{pmatrix} @ \\begin{bmatrix} -\\frac13 \\\\ \\frac23 \\end{bmatrix}",
        "\\text{(C)} @ C",
        "\\text{Evelyn} @ evelyn",
        "\\text{even} @ Even.",
        "4210_{5} @ 4210_5",
        "\\frac{11+9a}{20} @ 0.55 + 0.45a",
        "5! @ 120",
        "|-3| @ 3",
        "6.02e3 @ 6020",
        "3 \\times 10^{5} @ 300000",
        "x > 5 @ 5 < x",
        "$7$ @ \\(7\\)"
      })
  void holdsEqualWhatMeansTheSame(String first, String second) {
    assertThat(MathEquality.equal(first, second)).isTrue();
    assertThat(MathEquality.equal(second, first)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "1/3 @ 0.333",
        "1/3 @ 0.33333333333333333333",
        "12 @ 120",
        "12 @ 1.2",
        "-5 @ 5",
        "(1,2) @ (2,1)",
        "(1,2) @ [1,2]",
        "(3,4] @ (3,4)",
        "(1,2) @ 1.2",
        "0.1 @ 10",
        "10% @ 100",
        "10% @ 1",
        "5 km @ 5 m",
        "3.14 @ \\pi",
        "\\frac{22}{7} @ \\pi",
        "\\sqrt{2} @ 1.41421356237309504880168872420969807",
        "\\sqrt{2} @ -\\sqrt{2}",
        "1 \\pm \\sqrt{19} @ 1+\\sqrt{19}",
        "\\{1,2\\} @ \\{1,2,2\\}",
        "\\{1,2,3\\} @ \\{1,2\\}",
        "52_8 @ 52_9",
        "52_8 @ 52",
        "x=5 @ x=-5",
        "x=5 @ 6",
        "y = 2x + 3 @ y = 2x - 3",
        "2x @ 2",
        "2k @ 2",
        "2k+2 @ 2k",
        "a+b @ a-b",
        "x @ y",
        "\\sqrt{x^2} @ x",
        "6+9i @ 6-9i",
        "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix} @ \\begin{pmatrix} 2 \\\\ 1 \\end{pmatrix}",
        "\\begin{pmatrix} 1 & 2 \\end{pmatrix} @ \\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}",
        "(0,9) \\cup (9,36) @ (0,36)",
        "\\text{(C)} @ \\text{(E)}",
        "\\text{east} @ \\text{west}",
        "\\text{even} @ \\text{odd}",
        "x > 5 @ x < 5",
        "x > 5 @ x \\ge 5",
        "10^{30} @ 10^{30}+1",
        "0 @ ''",
        "5 @ five apples or so",
        "1000 @ 1,00",
        "7 @ 7, 8"
      })
  void tellsNearMissesApart(String first, String second) {
    assertThat(MathEquality.equal(first, second)).isFalse();
    assertThat(MathEquality.equal(second, first)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9^9^9^9",
        "9^{9^{9^9}}",
        "2^{1000000000}",
        "(9^{9999})^{9999}",
        "1000000!",
        "((9!)!)!",
        "e^{e^{e^{e^{e}}}}",
        "\\sqrt[99999999]{2}",
        "1e999",
        "1/(1-1)",
        "0^{-1}",
        "\\frac{}{}",
        "\\frac",
        "^",
        "_",
        "{{{{",
        "))))",
        "\\",
        "x_{",
        "\\begin{pmatrix}",
        "\\text{",
        "1,,2"
      })
  void survivesHostileExpressions(String hostile) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> {
          assertThat(MathEquality.equal("7", hostile)).isFalse();
          assertThat(MathEquality.equal(hostile, "x+\\sqrt{7}")).isFalse();
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "{", "\\sqrt", "\\frac", "-", "2^", "\\sin ", "[", "|", "1+", "1,"})
  void survivesTwentyThousandRepetitions(String piece) {
    for (int times : new int[] {50, 150, 20_000}) {
      String hostile = piece.repeat(times) + "7";
      Assertions.assertTimeoutPreemptively(
          Duration.ofSeconds(5), () -> assertThat(MathEquality.equal("x+8", hostile)).isFalse());
    }
  }

  @Test
  void survivesManyDigits() {
    String digits = "9".repeat(1_900);
    assertThat(MathEquality.equal(digits, digits + ".0")).isTrue();
    assertThat(MathEquality.equal(digits, digits.substring(1) + "8")).isFalse();
    assertThat(MathEquality.equal("7", "9".repeat(1_000_000))).isFalse();
  }

  @Test
  void survivesASumOfManyFunctions() {
    String hostile = "\\sin(\\cos(\\sin(x^7)))+".repeat(60) + "1";
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> assertThat(MathEquality.equal("\\sqrt{x}", hostile)).isFalse());
  }
}
