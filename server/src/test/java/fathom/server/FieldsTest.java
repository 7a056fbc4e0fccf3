package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FieldsTest {
  private static Fields of(String json) {
    return Json.fields(json.getBytes(StandardCharsets.UTF_8));
  }

  private static ApiException refusal(Runnable read) {
    return catchThrowableOfType(ApiException.class, read::run);
  }

  @Test
  void namesAMissingField() {
    ApiException error = refusal(() -> of("{}").text("model"));
    assertThat(error.status()).isEqualTo(400);
    assertThat(error.param()).isEqualTo("model");
  }

  @Test
  void distinguishesWrongTypesFromWrongValues() {
    assertThat(refusal(() -> of("{\"t\":\"hot\"}").number("t", 1, 0, 2)).status()).isEqualTo(400);
    assertThat(refusal(() -> of("{\"t\":3}").number("t", 1, 0, 2)).status()).isEqualTo(422);
    assertThat(refusal(() -> of("{\"n\":1.5}").integer("n", 1, 0, 2)).status()).isEqualTo(400);
    assertThat(refusal(() -> of("{\"n\":1e300}").integer("n", 1, 0, 2)).status()).isEqualTo(422);
    assertThat(refusal(() -> of("{\"s\":1}").text("s")).status()).isEqualTo(400);
    assertThat(refusal(() -> of("{\"f\":1}").flag("f", false)).status()).isEqualTo(400);
  }

  @Test
  void namesTheWholePath() {
    ApiException error =
        refusal(
            () ->
                of("{\"a\":[{},{\"b\":{\"c\":1}}]}")
                    .objects("a", 9)
                    .get(1)
                    .object("b")
                    .orElseThrow()
                    .text("c"));
    assertThat(error.param()).isEqualTo("a[1].b.c");
  }

  @Test
  void takesNullAsAbsent() {
    Fields fields = of("{\"a\":null}");
    assertThat(fields.has("a")).isFalse();
    assertThat(fields.text("a", "x")).isEqualTo("x");
    assertThat(fields.object("a")).isEmpty();
    assertThat(fields.objects("a", 1)).isEmpty();
  }

  @Test
  void takesOneTextForAListOfTexts() {
    assertThat(of("{\"stop\":\"a\"}").texts("stop", 2)).containsExactly("a");
    assertThat(of("{\"stop\":[\"a\",\"b\"]}").texts("stop", 2)).containsExactly("a", "b");
    assertThat(refusal(() -> of("{\"stop\":[\"a\",\"b\",\"c\"]}").texts("stop", 2)).status())
        .isEqualTo(422);
  }

  @Test
  void offersTheKnownChoices() {
    ApiException error =
        refusal(
            () -> of("{\"type\":\"xml\"}").choice("type", "text", List.of("text", "json_object")));
    assertThat(error.reason()).contains("json_object").contains("xml");
  }

  @Test
  void refusesWhatIsNoJsonObject() {
    for (String text :
        List.of(
            "",
            "[]",
            "1",
            "{",
            "{}{}",
            "{\"a\":}",
            "nul",
            "{'a':1}",
            "{\"a\":1,}",
            "\"\\ud800\"")) {
      assertThat(refusal(() -> of(text)).status()).as(text).isEqualTo(400);
    }
  }

  @Test
  void refusesDeepNestingAndLongNumbers() {
    assertThat(refusal(() -> of("{\"a\":" + "[".repeat(100_000))).status()).isEqualTo(400);
    assertThat(refusal(() -> of("{\"a\":" + "9".repeat(100_000) + "}")).status()).isEqualTo(400);
    assertThat(refusal(() -> of("{\"" + "a".repeat(100_000) + "\":1}")).status()).isEqualTo(400);
  }

  @Test
  void refusesBrokenUtf8() {
    byte[] bytes = "{\"a\":\"?\"}".getBytes(StandardCharsets.UTF_8);
    bytes[6] = (byte) 0xff;
    assertThat(refusal(() -> Json.fields(bytes)).reason()).contains("UTF-8");
  }

  @Property(tries = 500)
  void answersAnyTextWithAnObjectOrOneError(@ForAll String text) {
    try {
      of(text).text("model", "");
    } catch (ApiException e) {
      assertThat(e.status()).isEqualTo(400);
    }
  }
}
