package fathom.server;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StrictSchemaTest {
  private static void check(String schema) {
    StrictSchema.check(Json.parse(schema), "parameters");
  }

  @Test
  void takesObjectsThatNameEverything() {
    assertThatCode(
            () ->
                check(
                    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"],\"additionalProperties\":false}"))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesOptionalProperties() {
    assertThatThrownBy(
            () ->
                check(
                    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[],\"additionalProperties\":false}"))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("'a'");
  }

  @Test
  void looksIntoNestedSchemas() {
    assertThatThrownBy(
            () ->
                check(
                    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}},\"required\":[\"a\"],\"additionalProperties\":false}"))
        .hasMessageContaining("parameters.properties.a.items");
  }
}
