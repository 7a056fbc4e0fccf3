package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tokenizer.SyntheticTokenizer;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataPreparationTest {
  private static final Tokenizer BYTES = SyntheticTokenizer.of(300);

  @TempDir Path folder;

  private static PreparationOptions options(int threads, int shardTokens) {
    return new PreparationOptions(300, 0.25, true, 1, threads, shardTokens);
  }

  private PreparationReport prepare(Path input, String out) {
    return new DataPreparation(options(2, 1000))
        .prepare(List.of(input), folder.resolve(out), BYTES);
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  @Test
  void holdsBackTheEndOfAFewDocuments() throws IOException {
    PreparationReport report = prepare(file("a.txt", "abcdefgh".repeat(10)), "out");
    // begin and end tokens besides the characters
    assertThat(report.trainingTokens()).isEqualTo(62);
    assertThat(report.validationTokens()).isEqualTo(22);
    try (TokenDataset dataset = TokenDataset.open(folder.resolve("out"))) {
      int[] ids = dataset.training().ids(0, 62);
      assertThat(dataset.tokenizer().decodeSkippingSpecial(ids))
          .isEqualTo("abcdefgh".repeat(10).substring(0, 60));
    }
  }

  @Test
  void readsJsonLinesCsvAndParquet() throws Exception {
    file("a.jsonl", "{\"text\": \"first document\"}\n\n\"second document\"\n");
    file("b.csv", "id,text\n1,third document\n2,fourth document\n");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "COPY (SELECT 'fifth document' AS content) TO '%s' (FORMAT PARQUET)"
              .formatted(folder.resolve("c.parquet")));
    }
    assertThat(prepare(folder, "../out-" + folder.getFileName()).documents()).isEqualTo(5);
  }

  @Test
  void dropsCopiesAndNearCopies() throws IOException {
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      words.append("word").append(i).append(' ');
    }
    String story = words.toString();
    String lines =
        "{\"text\": \"%s\"}\n{\"text\": \"%s\"}\n{\"text\": \"%s\"}\n{\"text\": \" \"}\n"
            .formatted(story, story, story + "and that was all");
    PreparationReport report = prepare(file("a.jsonl", lines), "out");
    assertThat(report.exactCopies()).isEqualTo(1);
    assertThat(report.nearCopies()).isEqualTo(1);
    assertThat(report.empty()).isEqualTo(1);
  }

  @Test
  void differentDocumentsAreNoNearCopies() {
    Deduplication copies = new Deduplication(true);
    for (int i = 0; i < 50; i++) {
      StringBuilder text = new StringBuilder();
      for (int word = 0; word < 60; word++) {
        text.append("word").append(i * 1000 + word).append(' ');
      }
      assertThat(copies.take(text.toString())).isEqualTo(Deduplication.Verdict.NEW);
    }
  }

  @Test
  void cleaningKeepsTheTextAndDropsWhatIsNoText() {
    assertThat(DataPreparation.clean("\ufeffa \t\r\n b\u0000c\r\n\r\n")).isEqualTo("a\n bc");
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBytes() throws IOException {
    Path input = file("a.txt", MicroModel.text());
    for (int threads : new int[] {1, 3}) {
      new DataPreparation(options(threads, 1 << 20))
          .prepare(List.of(input), folder.resolve("out" + threads), null);
    }
    assertThat(folder.resolve("out3/train-00000.tokens"))
        .hasSameBinaryContentAs(folder.resolve("out1/train-00000.tokens"));
  }

  @Test
  void aBrokenLineIsNamed() throws IOException {
    Path input = file("a.jsonl", "{\"text\": \"good\"}\n{\"text\": \n");
    assertThatThrownBy(() -> prepare(input, "out"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("line 2");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws IOException {
    Path input = Files.write(folder.resolve("a.txt"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    assertThatThrownBy(() -> prepare(input, "out"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void aMissingFileIsOneSentence() {
    assertThatThrownBy(() -> prepare(folder.resolve("none.txt"), "out"))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("none.txt");
  }

  @Test
  void nothingIsRefused() throws IOException {
    Path input = file("a.txt", "  \n ");
    assertThatThrownBy(() -> prepare(input, "out")).isInstanceOf(RecipeException.class);
  }
}
