package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.run(args, new PrintWriter(out), new PrintWriter(err));
  }

  @Test
  void listsAllCommandsInItsHelp() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("chat", "generate", "bench", "doctor");
  }

  @Test
  void everyCommandHasHelpWithExamples() {
    for (String name : Commands.names()) {
      out.getBuffer().setLength(0);
      assertThat(run(name, "--help")).as(name).isZero();
      assertThat(out.toString()).as(name).contains("Examples:", "fathom " + name);
    }
  }

  @Test
  void endsWithTwoWhenTheCommandIsUnknown() {
    assertThat(run("dance")).isEqualTo(2);
    assertThat(err.toString()).contains("dance").doesNotContain("Exception");
  }

  @Test
  void endsWithTwoWhenAnOptionIsUnknown() {
    assertThat(run("doctor", "--louder")).isEqualTo(2);
    assertThat(err.toString()).contains("--louder");
  }

  @Test
  void endsWithOneAndOneSentenceWhenThereIsNoModel() {
    assertThat(run("generate", "--model", "/no/such/model", "--prompt", "x")).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains("/no/such/model").doesNotContain("\tat ");
  }

  @Test
  void showsTheStackOnlyWhenAsked() {
    run("generate", "--model", "/no/such/model", "--prompt", "x", "--verbose");
    assertThat(err.toString()).contains("\tat ");
  }
}
