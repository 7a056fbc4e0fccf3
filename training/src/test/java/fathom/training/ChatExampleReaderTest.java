package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tokenizer.ChatMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatExampleReaderTest {
  @TempDir Path folder;

  private List<ChatExample> read(String lines) throws IOException {
    Path file = Files.writeString(folder.resolve("chats.jsonl"), lines);
    return read(file);
  }

  private static List<ChatExample> read(Path data) {
    List<ChatExample> examples = new ArrayList<>();
    ChatExampleReader.forEach(data, examples::add);
    return examples;
  }

  @Test
  void readsMessages() throws IOException {
    List<ChatExample> examples =
        read(
            """
            {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2+2?"},
             {"role": "assistant", "reasoning_content": "easy", "content": "4"}], "thinking": true}
            """
                .replace(",\n", ","));
    assertThat(examples).hasSize(1);
    assertThat(examples.getFirst().messages())
        .containsExactly(
            ChatMessage.system("Be brief."),
            ChatMessage.user("2+2?"),
            ChatMessage.assistant("easy", "4"));
    assertThat(examples.getFirst().thinking()).contains(true);
  }

  @Test
  void readsQuestionsAndAnswersAndIgnoresOtherKeys() throws IOException {
    List<ChatExample> examples =
        read("{\"question\": \"2+2?\", \"answer\": \"4\", \"family\": \"sums\"}\n\n");
    assertThat(examples.getFirst().messages())
        .containsExactly(ChatMessage.user("2+2?"), ChatMessage.assistant("4"));
    assertThat(examples.getFirst().thinking()).isEmpty();
  }

  @Test
  void readsTheFilesOfADirectoryInTheOrderOfTheirNames() throws IOException {
    Files.writeString(folder.resolve("b.jsonl"), "{\"question\": \"b\", \"answer\": \"\"}");
    Files.writeString(folder.resolve("a.jsonl"), "{\"question\": \"a\", \"answer\": \"\"}");
    Files.writeString(folder.resolve("c.txt"), "nothing");
    assertThat(read(folder))
        .extracting(e -> e.messages().getFirst().content())
        .containsExactly("a", "b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"question\": \"a\"}|expected the text 'answer', found no such field",
        "{\"question\": \"a\", \"answer\": 3}|expected the text 'answer', found a NUMBER",
        "[1]|expected a JSON object, found a ARRAY",
        "{\"question\"|expected JSON",
        "{\"messages\": [3]}|expected messages, found a NUMBER",
        "{\"messages\": []}|expected a message of the assistant, found none",
        "{\"messages\": [{\"role\": \"critic\", \"content\": \"\"}]}|found 'critic'",
        "{\"messages\": [{\"role\": \"user\"}]}|expected the text 'content'",
        "{\"messages\": [{\"role\":\"assistant\",\"tool_calls\":[{}],\"content\":\"\"}]}|tool_calls"
      })
  void whatIsWrongWithALineIsSaidWithItsPlace(String line, String message) {
    assertThatThrownBy(() -> read("\n" + line))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("chats.jsonl, line 2")
        .hasMessageContaining(message);
  }

  @Test
  void anEmptyFileIsRefused() {
    assertThatThrownBy(() -> read("\n"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected at least one line");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> read(folder.resolve("none.jsonl")))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("none.jsonl");
  }
}
