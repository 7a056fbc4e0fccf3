package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tokenizer.ReplyPart;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ForcedCallParserTest {
  private static final String CALL =
      "{ \"name\": \"get_weather\", \"arguments\": {\"city\":\"a}\\\"b\",\"days\":[1,{}]} }";

  private static String read(String text, int size) {
    ForcedCallParser parser = new ForcedCallParser();
    List<ReplyPart> parts = new ArrayList<>();
    for (int at = 0; at < text.length(); at += size) {
      parts.addAll(parser.accept(text.substring(at, Math.min(text.length(), at + size))));
    }
    parts.addAll(parser.finish());
    StringBuilder all = new StringBuilder();
    for (ReplyPart part : parts) {
      switch (part) {
        case ReplyPart.CallBegin begin ->
            all.append(begin.index()).append(begin.name()).append('|');
        case ReplyPart.CallArguments arguments -> all.append(arguments.fragment());
        case ReplyPart.CallEnd _ -> all.append("|end");
        case ReplyPart.Content _, ReplyPart.Reasoning _ -> all.append("unexpected");
      }
    }
    return all.toString();
  }

  @Property(tries = 60)
  void readsTheSameHoweverTheTextIsCut(@ForAll @IntRange(min = 1, max = 90) int size) {
    assertThat(read(CALL, size))
        .isEqualTo("0get_weather|{\"city\":\"a}\\\"b\",\"days\":[1,{}]}|end");
  }

  @Test
  void saysNothingOfACallThatNeverBegan() {
    assertThat(read("{\"name\":\"f", 3)).isEmpty();
  }

  @Test
  void writesASchemaThatNamesTheFunction() {
    String schema = ForcedCallParser.schema("\"f\"", "{\"type\":\"object\"}");
    assertThat(Json.parse(schema).at("/properties/name/const").asString()).isEqualTo("f");
    assertThat(Json.parse(schema).path("required").size()).isEqualTo(2);
  }
}
