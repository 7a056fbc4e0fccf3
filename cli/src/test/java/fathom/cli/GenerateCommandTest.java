package fathom.cli;

import static fathom.cli.CommandRun.ADDER;
import static fathom.cli.CommandRun.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class GenerateCommandTest {
  private static final String QUESTION = "Compute 12 + 88";

  @TempDir private Path folder;

  private static CommandRun greedy(Object... more) {
    Object[] all = new Object[more.length + 5];
    all[0] = "generate";
    all[1] = "--model";
    all[2] = ADDER;
    all[3] = "--temperature";
    all[4] = "0";
    System.arraycopy(more, 0, all, 5, more.length);
    return CommandRun.of(all);
  }

  @Test
  void answersWithTheModelsChatTemplate() {
    CommandRun run = greedy("--chat", "--prompt", QUESTION);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("2 + 8 = 10, write 0, carry 1").endsWith("\n\n100\n");
  }

  @Test
  void jsonHasTheFieldsThatScriptsRelyOn() {
    CommandRun run = greedy("--chat", "--prompt", QUESTION, "--json");
    JsonNode answer = run.json();
    assertThat(answer.propertyNames())
        .containsExactly("prompt_ids", "ids", "text", "finish_reason", "timings");
    assertThat(answer.get("prompt_ids").size()).isPositive();
    assertThat(answer.get("ids").size()).isPositive();
    assertThat(answer.get("text").stringValue()).contains("100");
    assertThat(answer.get("finish_reason").stringValue()).isEqualTo("stop");
    JsonNode timings = answer.get("timings");
    assertThat(timings.propertyNames())
        .containsExactly(
            "load_ms", "time_to_first_token_ms", "prompt_tokens_per_second", "tokens_per_second");
    timings.forEach(figure -> assertThat(figure.doubleValue()).isPositive());
  }

  @Test
  void givesTheIdsOfTheGoldenCases() throws IOException {
    List<String> cases = Files.readAllLines(FIXTURES.resolve("models/adder-v3/cases.jsonl"));
    for (String line : cases.subList(0, 3)) {
      JsonNode golden = JsonMapper.shared().readTree(line);
      String ids = golden.get("prompt_ids").toString().replaceAll("[\\[\\] ]", "");
      JsonNode answer = greedy("--prompt-ids", ids, "--json").json();
      assertThat(answer.get("prompt_ids")).isEqualTo(golden.get("prompt_ids"));
      assertThat(answer.get("ids")).isEqualTo(golden.get("greedy_ids"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"deepseek-v3-tiny", "deepseek-v2-lite-tiny", "deepseek-v2-tiny", "qwen3-tiny"})
  void goesOnAsTheReferenceDoes(String name) {
    Path model = FIXTURES.resolve("models").resolve(name);
    JsonNode golden = Json.read(model.resolve("golden.json"));
    for (String prompt : List.of("short", "long")) {
      String ids = golden.at("/prompts/" + prompt + "/ids").toString().replaceAll("[\\[\\] ]", "");
      JsonNode expected = golden.at("/greedy/" + prompt);
      CommandRun run =
          CommandRun.of(
              "generate",
              "--model",
              model,
              "--prompt-ids",
              ids,
              "--temperature",
              0,
              "--max-tokens",
              expected.size(),
              "--ignore-eos",
              "--json");
      assertThat(run.json().get("ids")).as(prompt).isEqualTo(expected);
    }
  }

  @Test
  void saysLengthWhenItRanOutOfTokens() {
    JsonNode answer = greedy("--chat", "--prompt", QUESTION, "--max-tokens", 3, "--json").json();
    assertThat(answer.get("finish_reason").stringValue()).isEqualTo("length");
    assertThat(answer.get("ids").size()).isEqualTo(3);
  }

  @Test
  void stopsAtAStopString() {
    CommandRun run = greedy("--chat", "--prompt", QUESTION, "--stop", ", carry", "--json");
    assertThat(run.json().get("text").stringValue()).isEqualTo("2 + 8 = 10, write 0");
    assertThat(run.json().get("finish_reason").stringValue()).isEqualTo("stop");
  }

  @Test
  void logProbabilitiesStandBesideEachToken() {
    CommandRun run = greedy("--prompt", "12", "--max-tokens", 2, "--json", "--logprobs", 3);
    JsonNode tokens = run.json().get("logprobs");
    assertThat(tokens.size()).isEqualTo(2);
    for (JsonNode token : tokens) {
      assertThat(token.get("logprob").doubleValue()).isNegative();
      assertThat(token.get("top").size()).isEqualTo(3);
      assertThat(token.get("top").get(0).get("id")).isEqualTo(token.get("id"));
    }
  }

  @Test
  void sameSeedSameText() {
    Object[] words = {
      "generate",
      "-m",
      ADDER,
      "--prompt",
      "1",
      "--temperature",
      "1.5",
      "--seed",
      "7",
      "--max-tokens",
      "20",
      "--ignore-eos"
    };
    assertThat(CommandRun.of(words).out()).isEqualTo(CommandRun.of(words).out());
  }

  @Test
  void readsThePromptFromAFileOrFromStandardInput() throws IOException {
    Path file = Files.writeString(folder.resolve("question.txt"), QUESTION);
    String fromFile = greedy("--chat", "--file", file).out();
    CommandRun piped =
        CommandRun.reading(
            QUESTION, "generate", "-m", ADDER, "--temperature", 0, "--chat", "--file", "-");
    assertThat(fromFile).endsWith("100\n");
    assertThat(piped.out()).isEqualTo(fromFile);
  }

  @Test
  void allKernelsGiveTheSameAnswer() {
    String expected = greedy("--chat", "--prompt", QUESTION).out();
    for (String kernels : List.of("scalar", "vector")) {
      assertThat(greedy("--chat", "--prompt", QUESTION, "--kernels", kernels).out())
          .as(kernels)
          .isEqualTo(expected);
    }
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertRefused(greedy(), "--prompt");
    assertRefused(greedy("--prompt", "a", "--prompt-ids", "1"), "--prompt");
    assertRefused(greedy("--prompt", "a", "--temperature", "-1"), "temperature");
    assertRefused(greedy("--prompt-ids", "1,x"), "x");
    assertRefused(greedy("--prompt-ids", "1,99999"), "99999");
    assertRefused(greedy("--prompt", "a", "--kernels", "gpu"), "gpu");
    assertRefused(greedy("--prompt", "a", "--threads", "0"), "threads");
  }

  private static void assertRefused(CommandRun run, String word) {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains(word).doesNotContain("Exception", "\tat ");
  }

  @Test
  void saysThatAPromptIsTooLong() {
    CommandRun run = greedy("--prompt", "12 + 88 ".repeat(500));
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.errorLines()).hasSizeLessThanOrEqualTo(2);
    assertThat(run.err()).contains("512");
  }

  @Test
  void saysWhichFileOfADirectoryIsBroken() throws IOException {
    for (Path file : List.of(Path.of("config.json"), Path.of("tokenizer.json"))) {
      Files.copy(Path.of(ADDER).resolve(file), folder.resolve(file));
    }
    Files.write(folder.resolve("model.safetensors"), new byte[] {9, 9, 9});
    CommandRun run = CommandRun.of("generate", "--model", folder, "--prompt", "a");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.errorLines()).hasSize(1);
    assertThat(run.err()).contains("model.safetensors").contains("expected").contains("found");
  }
}
