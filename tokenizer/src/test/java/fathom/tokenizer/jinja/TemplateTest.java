package fathom.tokenizer.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.ObjectMapper;

class TemplateTest {
  /// A template and what Python's jinja2 makes of it.
  private record Golden(String template, String text, boolean fails) {}

  static Stream<Golden> goldens() {
    return ((List<?>) file().get("cases"))
        .stream()
            .map(one -> (Map<?, ?>) one)
            .map(
                one ->
                    new Golden(
                        (String) one.get("template"),
                        (String) one.get("text"),
                        one.containsKey("error")));
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void rendersAsPythonsJinjaDoes(Golden golden) {
    Map<String, Object> variables = new LinkedHashMap<>();
    ((Map<?, ?>) file().get("variables"))
        .forEach((name, value) -> variables.put(name.toString(), value));
    if (golden.fails()) {
      assertThatThrownBy(() -> Template.parse(golden.template()).render(variables, null))
          .isInstanceOf(JinjaException.class);
    } else {
      assertThat(Template.parse(golden.template()).render(variables, null))
          .isEqualTo(golden.text());
    }
  }

  @Test
  void namesTheLineOfAnError() {
    assertThatThrownBy(() -> render("a\nb\n{{ 'x' + none }}"))
        .hasMessage("a str and a NoneType do not go with '+' (line 3 of the template)");
    assertThatThrownBy(() -> render("a\n{% for x in %}"))
        .hasMessage("expected an expression, found TAG_END (line 2 of the template)");
    assertThatThrownBy(() -> render("{{ raise_exception('Only\ntwo') }}"))
        .hasMessage("Only\ntwo (line 1 of the template)");
  }

  @Test
  void knowsTheDateOnlyWithAClock() {
    Clock clock = Clock.fixed(Instant.parse("2025-03-05T07:08:09Z"), ZoneOffset.UTC);
    String template =
        "{{ strftime_now('%d %b %Y, %A %-d %H:%M:%S %%') if strftime_now is defined }}";
    assertThat(Template.parse(template).render(Map.of(), clock))
        .isEqualTo("05 Mar 2025, Wednesday 5 07:08:09 %");
    assertThat(render(template)).isEmpty();
  }

  @Test
  void doesNotChangeWhatItWasGiven() {
    List<Object> list = Arrays.asList(1, null, Map.of("a", 1));
    assertThat(
            Template.parse("{{ x }}{{ x|sort(attribute='a')|length if false }}")
                .render(Map.of("x", list), null))
        .isEqualTo("[1, None, {'a': 1}]");
    assertThat(list).hasSize(3);
  }

  @ParameterizedTest
  @Timeout(20)
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ range(100001) }}",
        "{{ 'a' * 1000000000 }}",
        "{{ [0] * 1000000000 }}",
        "{% set ns = namespace(s='aaaaaaaaaa') %}{% for a in range(99999) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s='aaaaaaaaaa') %}{% for a in range(99999) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for a in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for a in range(999) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[1]) %}{% for a in range(40) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ 10 ** 10000 }}",
        "{% set ns = namespace(i=3) %}{% for a in range(999) %}{% set ns.i = ns.i * ns.i %}{% endfor %}",
        "{{ 'a'.ljust(2000000000) }}",
        "{{ 'a'|center(2000000000) }}",
        "{{ 'a\\n' * 100000 | indent(1000) }}",
        "{% for a in range(99999) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' * 99999 }}{% endfor %}",
        "{% for a in range(99999) %}{{ ('x' * 999999).replace('x', 'yy') | length }}{% endfor %}",
        "{% for a in range(99999) %}{{ range(99999)|sort|length }}{% endfor %}"
      })
  void endsTemplatesThatWouldNot(String template) {
    assertThatThrownBy(() -> render(template)).isInstanceOf(JinjaException.class);
  }

  @Test
  @Timeout(20)
  void refusesWhatIsNestedTooDeeply() {
    for (String deep :
        List.of(
            "{{ " + "(".repeat(100_000),
            "{{ " + "[".repeat(100_000),
            "{{ " + "{1:".repeat(100_000),
            "{{ " + "x[".repeat(100_000),
            "{{ " + "f(".repeat(100_000),
            "{% if x %}".repeat(100_000),
            "{% if x %}" + "{% elif x %}".repeat(100_000),
            "{{ x" + "|f(x".repeat(100_000),
            "{{ x is " + "y(".repeat(100_000))) {
      assertThatThrownBy(() -> render(deep)).isInstanceOf(JinjaException.class);
    }
    for (String wide :
        List.of(
            "{{ 1" + "+ 1".repeat(20_000) + " }}",
            "{{ " + "not ".repeat(20_000) + "x }}",
            "{{ " + "-".repeat(20_000) + "1 }}",
            "{{ x" + "|d".repeat(20_000) + " }}",
            "{{ x" + " or x".repeat(20_000) + " }}")) {
      assertThatRendersOrRefuses(wide);
    }
  }

  @Test
  @Timeout(60)
  void mutationsRenderOrAreRefused() {
    Random random = new Random(5);
    List<String> templates = goldens().map(Golden::template).toList();
    String pieces = "{}%#-+|()[]'\".,:=~ \nifor ninot elsendsetx12*/<>!";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder broken = new StringBuilder(templates.get(random.nextInt(templates.size())));
      for (int j = random.nextInt(3); j >= 0 && !broken.isEmpty(); j--) {
        int at = random.nextInt(broken.length());
        switch (random.nextInt(3)) {
          case 0 -> broken.deleteCharAt(at);
          case 1 -> broken.insert(at, pieces.charAt(random.nextInt(pieces.length())));
          default -> broken.insert(at, templates.get(random.nextInt(templates.size())));
        }
      }
      assertThatRendersOrRefuses(broken.toString());
    }
  }

  private static void assertThatRendersOrRefuses(String template) {
    try {
      assertThat(Template.parse(template).render(Map.of("x", List.of("a", 1)), null)).isNotNull();
    } catch (JinjaException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
  }

  private static String render(String template) {
    return Template.parse(template).render(Map.of(), null);
  }

  private static Map<?, ?> file() {
    try (InputStream file = TemplateTest.class.getResourceAsStream("cases.json")) {
      return new ObjectMapper().readValue(file, Map.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
