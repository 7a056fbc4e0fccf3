package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tokenizer.ChatMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversationTest {
  @TempDir Path directory;

  @Test
  void loadsWhatItSaved() throws IOException {
    Conversation saved = new Conversation();
    saved.setSystem("Be brief.");
    saved.setThinking(false);
    saved.add(ChatMessage.user("你好 \"there\""));
    saved.add(ChatMessage.assistant("a thought", "an answer"));
    Path file = directory.resolve("talk.json");
    saved.save(file);

    Conversation loaded = new Conversation();
    loaded.load(file);

    assertThat(loaded.system()).isEqualTo("Be brief.");
    assertThat(loaded.thinking()).isFalse();
    assertThat(loaded.turns()).isEqualTo(saved.turns());
  }

  @Test
  void staysAsItWasWhenAFileIsBroken() throws IOException {
    Conversation conversation = new Conversation();
    conversation.add(ChatMessage.user("hello"));
    Path file = Files.writeString(directory.resolve("broken.json"), "{\"messages\": [{\"role\"");

    assertThatThrownBy(() -> conversation.load(file))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("expected JSON");
    assertThat(conversation.turns()).hasSize(1);
  }

  @Test
  void namesARoleThatItDoesNotKnow() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("role.json"), "{\"messages\": [{\"role\": \"ghost\"}]}");

    assertThatThrownBy(() -> new Conversation().load(file)).hasMessageContaining("ghost");
  }
}
