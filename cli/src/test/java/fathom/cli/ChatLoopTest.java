package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatLoopTest {
  private static final String QUESTION = "Compute 12 + 88\n";

  @TempDir private Path folder;

  /// What a terminal without colours shows when these lines are typed, until the chat ends.
  private static String talk(String... lines) throws IOException {
    String typed = String.join("\n", lines) + "\n";
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    ModelArguments model = new ModelArguments();
    model.model = Path.of(CommandRun.ADDER);
    SamplingArguments sampling = new SamplingArguments();
    sampling.temperature = 0;
    try (Terminal terminal =
            new DumbTerminal(
                "test",
                Terminal.TYPE_DUMB,
                new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
                shown,
                StandardCharsets.UTF_8);
        LocalModel local = LocalModel.open(model, new KernelArguments())) {
      LineReader reader = LineReaderBuilder.builder().terminal(terminal).build();
      new ChatLoop(terminal, reader, local, new Conversation(), sampling).run();
      terminal.flush();
    }
    return shown.toString(StandardCharsets.UTF_8);
  }

  @Test
  void answersWithThoughtAndFigures() throws IOException {
    String shown = talk("Compute 12 + 88");
    assertThat(shown).contains("adder-v3", "ready in").contains("2 + 8 = 10, write 0, carry 1");
    assertThat(shown).containsPattern("\\n100\\r?\\n");
    assertThat(shown).containsPattern("tokens/s, \\d+ tokens, \\d+ of 512 context");
    assertThat(shown).doesNotContain("\u001b[2m");
  }

  @Test
  void foldsTheThoughtAndShowsItWhenAsked() throws IOException {
    String folded = talk("/think fold", "Compute 12 + 88");
    assertThat(folded).contains("Thought for").doesNotContain("write 0, carry 1");
    assertThat(talk("/think fold", "Compute 12 + 88", "/think last")).contains("write 0, carry 1");
  }

  @Test
  void takesInputOfSeveralLines() throws IOException {
    assertThat(talk("Compute 12 \\", "+ 88", "/exit")).containsPattern("tokens/s");
    assertThat(talk("\"\"\"", QUESTION.strip(), "\"\"\"")).containsPattern("\\n100\\r?\\n");
  }

  @Test
  void leavesOnExitWithoutReadingOn() throws IOException {
    assertThat(talk("/exit", "Compute 12 + 88")).doesNotContain("write 0");
  }

  @Test
  void savesAndGoesOnWithAConversation() throws IOException {
    Path file = folder.resolve("talk.json");
    assertThat(talk("Compute 12 + 88", "/save " + file)).contains("Saved 1 questions");
    assertThat(Json.read(file).at("/messages/1/content").stringValue()).isEqualTo("100");
    assertThat(talk("/load " + file, "/stats")).contains("Loaded 1 questions", "answers");
  }

  @Test
  void aWrongCommandIsSaidAndTheChatGoesOn() throws IOException {
    String shown =
        talk("/dance", "/params temperature hot", "/load /no/such/file", "/help", "Compute 1 + 1");
    assertThat(shown)
        .contains("! No command /dance")
        .contains("! temperature: expected a number, found hot")
        .contains("/no/such/file: no such file")
        .contains("/think on|off")
        .containsPattern("tokens/s");
  }

  @Test
  void aQuestionBeyondTheContextIsSaidAndForgotten() throws IOException {
    String shown = talk("1 + ".repeat(600), "Compute 12 + 88");
    assertThat(shown).contains("the context 512").containsPattern("\\n100\\r?\\n");
  }

  @Test
  void setsParametersAndTheSystemPrompt() throws IOException {
    String shown = talk("/params max-tokens 3", "Compute 12 + 88", "/system Be brief.", "/system");
    assertThat(shown).contains("cut at the limit of tokens").contains("Be brief.");
    assertThat(talk("/system -")).contains("(no system prompt)");
    assertThat(talk("/clear")).contains("A new conversation.");
  }
}
