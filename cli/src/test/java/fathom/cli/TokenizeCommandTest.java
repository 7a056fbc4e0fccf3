package fathom.cli;

import static fathom.cli.CommandRun.ADDER;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TokenizeCommandTest {
  @Test
  void oneJsonValueALineThereAndBack() {
    String lines = "\"12 + 88\"\n\"\"\n\"naïve 文字 🙂\\n\"\n";
    CommandRun ids = CommandRun.reading(lines, "tokenize", "--model", ADDER, "--json");
    assertThat(ids.exitCode()).as(ids.err()).isZero();
    assertThat(ids.out().lines()).hasSize(3).allMatch(line -> line.startsWith("["));
    CommandRun back =
        CommandRun.reading(ids.out(), "tokenize", "--model", ADDER, "--decode", "--json");
    List<String> texts = back.out().lines().map(line -> Json.parse(line).stringValue()).toList();
    assertThat(texts).containsExactly("12 + 88", "", "naïve 文字 🙂\n");
  }

  @Test
  void takesOneTextAsArgument() {
    CommandRun ids = CommandRun.of("tokenize", "--model", ADDER, "12 + 88");
    CommandRun text =
        CommandRun.of(
            "tokenize", "--model", ADDER, "--decode", ids.out().replaceAll("[\\[\\]\\s]", ""));
    assertThat(text.out()).isEqualTo("12 + 88\n");
  }

  @Test
  void namesTheLineThatIsNotWhatItShouldBe() {
    CommandRun broken = CommandRun.reading("\"a\"\n{oops\n", "tokenize", "-m", ADDER, "--json");
    assertThat(broken.exitCode()).isEqualTo(2);
    assertThat(broken.err()).contains("line 2");
    CommandRun other = CommandRun.reading("7\n", "tokenize", "-m", ADDER, "--json");
    assertThat(other.err()).contains("line 1").contains("expected a JSON string");
  }
}
