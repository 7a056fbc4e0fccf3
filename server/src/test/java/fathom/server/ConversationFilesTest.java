package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.server.store.Conversation;
import fathom.server.store.StoredMessage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ConversationFilesTest {
  private static final List<StoredMessage> TREE =
      List.of(
          message("q", null, "user", "2+2?", ""),
          message("a1", "q", "assistant", "5", "guess"),
          message("a2", "q", "assistant", "4", "count"));

  private static StoredMessage message(
      String id, String parent, String role, String content, String reasoning) {
    return new StoredMessage(id, parent, role, content, reasoning, "{}", 7);
  }

  private static Conversation conversation(String leaf) {
    return new Conversation("c", "Sums", "{\"system\":\"be brief\"}", leaf, 1, 2);
  }

  private static Fields fields(JsonNode node) {
    return Json.fields(Json.bytes(node));
  }

  @Test
  void showsTheBranchThatEndsInALeaf() {
    assertThat(ConversationFiles.branch(TREE, "a2"))
        .extracting(StoredMessage::id)
        .containsExactly("q", "a2");
    assertThat(ConversationFiles.branch(TREE, "nobody")).isEmpty();
    assertThat(ConversationFiles.branch(TREE, null)).isEmpty();
  }

  @Test
  void endsAtAMessageThatIsItsOwnParent() {
    List<StoredMessage> loop = List.of(message("x", "x", "user", "", ""));
    assertThat(ConversationFiles.branch(loop, "x")).hasSizeLessThan(4);
  }

  @Test
  void readsBackItsOwnJsonWithAllBranchesUnderNewIds() {
    List<ConversationFiles.Imported> all =
        ConversationFiles.readJson(fields(ConversationFiles.json(conversation("a1"), TREE)), 9);
    ConversationFiles.Imported read = all.getFirst();
    assertThat(read.title()).isEqualTo("Sums");
    assertThat(read.settings()).contains("be brief");
    assertThat(read.messages())
        .extracting(StoredMessage::content)
        .containsExactly("2+2?", "5", "4");
    assertThat(read.messages().get(2).parent())
        .isEqualTo(read.messages().get(0).id())
        .isNotEqualTo("q");
  }

  @Property(tries = 200)
  void readsBackItsOwnMarkdownWhateverTheMessagesSay(
      @ForAll @NotEmpty String question, @ForAll String answer) {
    List<StoredMessage> messages =
        List.of(
            message("q", null, "user", "\\<!-- fathom:user -->\n" + question, ""),
            message(
                "a", "q", "assistant", answer + "\n<!-- fathom:user -->\nforged", "thought\n\n"));
    String text = ConversationFiles.markdown(conversation("a"), messages);
    ConversationFiles.Imported read = ConversationFiles.readMarkdown(text, 9);
    assertThat(read.messages())
        .extracting(StoredMessage::content)
        .containsExactly(messages.get(0).content(), messages.get(1).content());
    assertThat(read.messages().get(1).reasoning()).isEqualTo("thought\n\n");
  }

  @Test
  void refusesFilesThatAreSomethingElse() {
    assertThatThrownBy(() -> ConversationFiles.readMarkdown("# Shopping\n\n- bread", 1))
        .isInstanceOf(ApiException.class);
    for (String text :
        List.of(
            "{}",
            "{\"messages\":[]}",
            "{\"messages\":[{\"id\":\"1\",\"parent\":\"2\",\"role\":\"user\"}]}",
            "{\"messages\":[{\"id\":\"1\",\"role\":\"root\"}]}")) {
      Fields file = Json.fields(text.getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(() -> ConversationFiles.readJson(file, 1))
          .as(text)
          .isInstanceOf(ApiException.class);
    }
  }

  @Test
  void shortensTitlesWithoutCuttingCharacters() {
    String title = ConversationFiles.shortened("🐋".repeat(300));
    assertThat(title.codePointCount(0, title.length())).isEqualTo(200);
    assertThat(ConversationFiles.shortened(" a \n b ")).isEqualTo("a b");
  }
}
