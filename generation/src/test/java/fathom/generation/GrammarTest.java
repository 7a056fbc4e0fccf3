package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarTest {
  private static final String ORDER =
      """
      {"type":"object","properties":{
        "id":{"type":"integer","minimum":1,"maximum":99999},
        "name":{"type":"string","minLength":1,"maxLength":20},
        "tags":{"type":"array","items":{"enum":["new","old","\\"odd\\""]},"maxItems":3},
        "price":{"type":"number","exclusiveMinimum":0,"maximum":1000},
        "address":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/address"}]}},
       "required":["id","name","address"],"additionalProperties":false,
       "$defs":{"address":{"type":"object","properties":{
          "city":{"type":"string","pattern":"^[A-Z][a-z]+$"},
          "next":{"$ref":"#/$defs/address"}},
          "required":["city"],"additionalProperties":false}}}
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'type':'string'}|'a\\u00e9\\n'|true",
        "{'type':'string'}|'\\ud83d\\ude00'|true",
        "{'type':'string'}|'\\ud83d'|false",
        "{'type':'string'}|'\\x'|false",
        "{'type':'string','maxLength':2}|'äöü'|false",
        "{'type':'string','maxLength':3}|'äöü'|true",
        "{'type':'string','minLength':2,'maxLength':2}|'😀😀'|true",
        "{'type':'string','pattern':'b+'}|'abbc'|true",
        "{'type':'string','pattern':'^b+$'}|'abbc'|false",
        "{'type':'string','pattern':'^a','maxLength':3}|'abcd'|false",
        "{'type':'string','format':'uuid'}|'123e4567-e89b-12d3-a456-426614174000'|true",
        "{'type':'string','format':'ipv4'}|'192.168.0.255'|true",
        "{'type':'string','format':'ipv4'}|'192.168.0.256'|false",
        "{'type':'string','format':'ipv6'}|'2001:db8::8a2e:370:7334'|true",
        "{'type':'string','format':'ipv6'}|'1::2::3'|false",
        "{'type':'string','format':'email'}|'ada.l@example.org'|true",
        "{'type':'string','format':'email'}|'ada@'|false",
        "{'type':'string','format':'date'}|'2024-02-30'|false",
        "{'type':'string','format':'date-time'}|'2024-12-31T23:59:59Z'|true",
        "{'type':'string','format':'hostname'}|'a-b.example'|true",
        "{'type':'integer'}|-12|true",
        "{'type':'integer'}|1.5|false",
        "{'type':'integer'}|012|false",
        "{'type':'number'}|-1.5e-10|true",
        "{'type':'number'}|.5|false",
        "{'type':'boolean'}|true|true",
        "{'type':['string','null']}|null|true",
        "{'type':['string','null']}|1|false",
        "{'enum':['a',1,null,{'b':[]}]}|{'b':[]}|true",
        "{'enum':['a',1,null]}|2|false",
        "{'const':'ä'}|'ä'|true",
        "{'type':'array','items':{'type':'integer'},'minItems':1}|[]|false",
        "{'type':'array','items':{'type':'integer'},'minItems':1}|[1, 2,3]|true",
        "{'type':'array','items':{'type':'integer'},'maxItems':2}|[1,2,3]|false",
        "{'type':'array','maxItems':0}|[]|true",
        "{'type':'array','maxItems':0}|[1]|false",
        "{'prefixItems':[{'type':'integer'},{'type':'string'}],'items':false}|[1,'a']|true",
        "{'prefixItems':[{'type':'integer'},{'type':'string'}],'items':false}|[1,'a',2]|false",
        "{'type':'object','properties':{'a':{'type':'integer'}}}|{}|true",
        "{'type':'object','properties':{'a':{},'b':{}},'required':['b']}|{'b':1}|true",
        "{'type':'object','properties':{'a':{},'b':{}},'required':['b']}|{'a':1}|false",
        "{'type':'object','properties':{'a':{}},'additionalProperties':true}|{'b':1}|true",
        "{'properties':{'ab':{'type':'integer'}},'additionalProperties':true}|{'ab':'x'}|false",
        "{'properties':{'ab':{'type':'integer'}},'additionalProperties':true}|{'abc':'x'}|true",
        "{'properties':{'ab':{'type':'integer'}},'additionalProperties':true}|{'a':'x'}|true",
        "{'additionalProperties':{'type':'integer'}}|{'a':1,'b':2}|true",
        "{'additionalProperties':{'type':'integer'}}|{'a':'1'}|false",
        "{'type':'object','minProperties':1,'maxProperties':2}|{}|false",
        "{'type':'object','minProperties':1,'maxProperties':2}|{'a':1,'b':2}|true",
        "{'type':'object','required':['z']}|{'z':[1]}|true",
        "{'type':'object','required':['z']}|{}|false",
        "{'allOf':[{'type':'integer'},{'minimum':3}]}|2|false",
        "{'allOf':[{'type':'integer'},{'minimum':3}]}|3|true",
        "{'oneOf':[{'type':'integer'},{'type':'string'}]}|'x'|true",
        "{'type':'integer','exclusiveMinimum':3}|3|false",
        "{'type':'integer','exclusiveMinimum':3}|4|true",
        "{'type':'number','minimum':-1.5,'maximum':2.25}|2.26|false",
        "{'type':'number','minimum':-1.5,'maximum':2.25}|-1.50|true",
        "{}|[{'a':[true,null]}, 1]|true",
        "true|7|true",
      })
  void valuesAreAcceptedAsTheSchemaSays(String schema, String value, boolean accepted) {
    assertThat(Grammars.accepts(schema, value)).isEqualTo(accepted);
  }

  @Test
  void prettyPrintedJsonIsAccepted() {
    String text = "\n\n{\n  'id': 12,\n  'name': 'x',\n  'address': {\n    'city': 'Rome'\n  }\n}";
    assertThat(Grammars.accepts(ORDER, text)).isTrue();
  }

  @Test
  void jsonObjectsOfAnyKindAreAccepted() {
    assertThat(Grammars.accepts(Grammar.jsonObject(), "{\"a\": [1, {\"b\": null}]}")).isTrue();
    assertThat(Grammars.accepts(Grammar.jsonObject(), "[1]")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 200, 1000})
  void whateverIsWrittenUnderASchemaValidates(int most) {
    CompiledGrammar grammar = Grammars.compile(Grammar.jsonSchema(ORDER));
    for (int seed = 0; seed < 60; seed++) {
      String text = Grammars.write(grammar, new Random(seed), most);
      NaiveValidator.validate(ORDER, text);
    }
  }

  @Test
  void freeJsonIsClosedInTime() {
    CompiledGrammar grammar = Grammars.compile(Grammar.jsonObject());
    for (int seed = 0; seed < 200; seed++) {
      String text = Grammars.write(grammar, new Random(seed), 2 + seed % 50);
      NaiveValidator.validate("{\"type\":\"object\"}", text);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'type':'strang'}|schema at '/type': expected a type, found \"strang\"",
        "{'not':{}}|schema at '/not': 'not' can't be kept by a grammar",
        "{'type':'array','uniqueItems':true}"
            + "|schema at '/uniqueItems': 'uniqueItems' can't be kept by a grammar",
        "{'type':'integer','multipleOf':3}"
            + "|schema at '/multipleOf': 'multipleOf' can't be kept by a grammar",
        "{'$ref':'#/$defs/none'}|schema at '/$ref': nothing is there: '#/$defs/none'",
        "{'$ref':'http://x/y'}"
            + "|schema at '/$ref': expected a reference within the schema, found 'http://x/y'",
        "{'$ref':'#'}|schema at '': no finite value can match",
        "{'anyOf':[{'$ref':'#'},{'type':'null'}]}|schema at '': a reference leads to itself",
        "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']}"
            + "|schema at '': no finite value can match",
        "{'enum':[]}|schema at '': no finite value can match",
        "{'type':'integer','minimum':5,'maximum':4}|schema at '': no finite value can match",
        "{'type':'string','pattern':'(?=a)'}"
            + "|schema at '': pattern '(?=a)' at 2: look-around is not supported",
        "{'type':'string','pattern':'(a'}|schema at '': pattern '(a' at 2: missing ')'"
            + " is not supported",
        "{'type':'string','minLength':3,'maxLength':2}"
            + "|schema at '': 'minLength' is above 'maxLength'",
        "{'type':'string','minLength':-1}"
            + "|schema at '/minLength': expected a whole number, found -1",
        "{'oneOf':[{'type':'integer'},{'type':'number'}]}|schema at '/oneOf': schemas 0 and 1 of"
            + " 'oneOf' may match the same value; use 'anyOf'",
        "{'type':'object','required':['a'],'additionalProperties':false}"
            + "|schema at '': 'a' is required but not allowed",
        "{'type':'integer','minimum':1e400}"
            + "|schema at '/minimum': expected a number of at most 24 digits, found 1E+400",
        "7|schema at '': expected an object or a boolean, found 7",
      })
  void whatCannotBeKeptIsRefusedWithItsPlace(String schema, String message) {
    assertThatThrownBy(() -> Grammar.jsonSchema(schema.replace('\'', '"')))
        .isInstanceOf(UnsupportedSchemaException.class)
        .hasMessage(message);
  }

  @Test
  void brokenJsonIsRefused() {
    assertThatThrownBy(() -> Grammar.jsonSchema("{\"type\":"))
        .isInstanceOf(UnsupportedSchemaException.class)
        .hasMessageStartingWith("schema at '': no JSON: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'string','pattern':'((((a{1000}){1000}){1000}){1000})'}",
        "{'type':'string','pattern':'^(.{0,2000}x){0,2000}$','maxLength':900}",
        "{'type':'array','items':{'type':'array','items':{'type':'string','maxLength':900},"
            + "'prefixItems':[{'maxLength':900},{'maxLength':901},{'maxLength':902},"
            + "{'maxLength':903},{'maxLength':904},{'maxLength':905},{'maxLength':906},"
            + "{'maxLength':907},{'maxLength':908},{'maxLength':909},{'maxLength':910},"
            + "{'maxLength':911},{'maxLength':912},{'maxLength':913}]}}",
      })
  @Timeout(20)
  void schemasThatAreTooLargeAreRefused(String schema) {
    assertThatThrownBy(() -> Grammar.jsonSchema(schema.replace('\'', '"')))
        .isInstanceOf(UnsupportedSchemaException.class)
        .hasMessageContaining("too large");
  }

  @Test
  @Timeout(20)
  void deepNestingIsRefused() {
    String deep = "{\"items\":".repeat(100_000) + "{}" + "}".repeat(100_000);
    assertThatThrownBy(() -> Grammar.jsonSchema(deep))
        .isInstanceOf(UnsupportedSchemaException.class);
    String less = "{\"items\":".repeat(150) + "{}" + "}".repeat(150);
    assertThatThrownBy(() -> Grammar.jsonSchema(less))
        .isInstanceOf(UnsupportedSchemaException.class)
        .hasMessageContaining("nested deeper than 100");
    String merged = "{\"allOf\":[{\"$ref\":\"#\"}]}";
    assertThatThrownBy(() -> Grammar.jsonSchema(merged))
        .isInstanceOf(UnsupportedSchemaException.class);
  }

  @Test
  @Timeout(20)
  void anAmbiguousSchemaCostsNoMoreThanOthers() {
    String schema =
        """
        {"$ref":"#/$defs/n","$defs":{"n":{"anyOf":[
          {"type":"array","items":{"$ref":"#/$defs/n"}},
          {"type":"array","items":{"$ref":"#/$defs/n"},"minItems":1},
          {"type":"array","items":{"$ref":"#/$defs/n"},"maxItems":5},
          {"type":"integer"}]}}}
        """;
    CompiledGrammar grammar = Grammars.compile(Grammar.jsonSchema(schema));
    for (int seed = 0; seed < 3; seed++) {
      NaiveValidator.validate(schema, Grammars.write(grammar, new Random(seed), 80));
    }
  }

  @Test
  void callsOfToolsAreWrittenInTheWordsOfTheTemplate() {
    Grammar calls =
        Grammar.toolCalls(
            ToolCallStyle.QWEN,
            java.util.Map.of("add", "{\"properties\":{\"a\":{\"type\":\"integer\"}}}"),
            2);
    String call = "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>";
    assertThat(Grammars.accepts(calls, call)).isTrue();
    assertThat(Grammars.accepts(calls, call + "\n" + call)).isTrue();
    assertThat(Grammars.accepts(calls, call + "\n" + call + "\n" + call)).isFalse();
    assertThat(Grammars.accepts(calls, call.replace("add", "sub"))).isFalse();
  }

  @Test
  void partsCanBeCombined() {
    Grammar grammar =
        Grammar.sequence(
            java.util.List.of(
                Grammar.literal("Answer: "),
                Grammar.anyOf(
                    java.util.List.of(
                        Grammar.literal("yes"), Grammar.jsonSchema("{\"type\":\"integer\"}"))),
                Grammar.text()));
    assertThat(Grammars.accepts(grammar, "Answer: yes, of course ü\n")).isTrue();
    assertThat(Grammars.accepts(grammar, "Answer: 42")).isTrue();
    assertThat(Grammars.accepts(grammar, "Answer: no")).isFalse();
  }
}
