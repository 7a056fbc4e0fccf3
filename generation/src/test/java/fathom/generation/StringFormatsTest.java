package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.Random;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StringFormatsTest {
  private static String schema(String format) {
    return "{\"type\":\"string\",\"format\":\"" + format + "\"}";
  }

  /// Java's own reading of a format; throws or says no where the text has none.
  private static Predicate<String> reader(String format) {
    return switch (format) {
      case "date" -> text -> LocalDate.parse(text) != null;
      case "time" -> text -> OffsetTime.parse(text) != null;
      case "date-time" -> text -> OffsetDateTime.parse(text) != null;
      case "uuid" -> text -> UUID.fromString(text).toString().equalsIgnoreCase(text);
      case "ipv4", "ipv6" -> StringFormatsTest::isAddress;
      case "email" -> text -> text.matches("[^@ ]+@[^@ ]+\\.[A-Za-z]+") && !text.contains("..");
      default -> text -> text.length() <= 253 && !text.startsWith("-") && !text.endsWith("-");
    };
  }

  private static boolean isAddress(String text) {
    try {
      return InetAddress.ofLiteral(text) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"date", "time", "date-time", "uuid", "ipv4", "ipv6", "email", "hostname"})
  void whatIsWrittenIsReadByOthers(String format) throws UnknownHostException {
    CompiledGrammar grammar = Grammars.compile(Grammar.jsonSchema(schema(format)));
    for (int seed = 0; seed < 60; seed++) {
      String json = Grammars.write(grammar, new Random(seed), 300).strip();
      String text = json.substring(1, json.length() - 1);
      assertThat(reader(format).test(text)).as("%s as %s", text, format).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "date,2024-12-31,true",
    "date,2024-13-01,false",
    "date,2023-04-31,false",
    "time,23:59:59Z,true",
    "time,24:00:00Z,false",
    "time,12:00:00+02:00,true",
    "ipv6,::1,true",
    "ipv6,::,true",
    "ipv6,1:2:3:4:5:6:7:8,true",
    "ipv6,1:2:3:4:5:6:7,false",
    "ipv6,1::8,true",
    "ipv6,fe80::1ff:fe23:4567:890a,true",
    "ipv6,12345::,false",
    "ipv4,0.0.0.0,true",
    "ipv4,1.2.3,false",
    "ipv4,01.2.3.4,false",
    "hostname,example.org,true",
    "hostname,-a.org,false",
    "hostname,a-.org,false",
    "email,a.b+c@d-e.fr,true",
    "email,.a@b.fr,false",
    "email,a@b,false",
    "uuid,123e4567-e89b-12d3-a456-42661417400,false",
  })
  void knownCasesAreDecidedRight(String format, String text, boolean valid) {
    assertThat(Grammars.accepts(Grammar.jsonSchema(schema(format)), "\"" + text + "\""))
        .isEqualTo(valid);
  }

  @Test
  void formatsThatSayNothingAllowEverything() {
    assertThat(Grammars.accepts(Grammar.jsonSchema(schema("iri-reference")), "\"§\"")).isTrue();
  }
}
