package fathom.generation;

import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Writes a JSON schema into a [ByteNetwork]: whatever the network accepts is JSON that validates.
/// Not everything that validates is accepted: members come in the schema's order, white space is
/// bounded, very long texts and arrays are not offered.
final class SchemaCompiler {
  private static final int MAX_DEPTH = 100;
  private static final int MAX_CHARACTERS = 1000;
  private static final int MAX_ITEMS = 1000;
  private static final int MAX_ENUM = 10_000;

  private static final Set<String> STRING = Set.of("minLength", "maxLength", "pattern", "format");
  private static final Set<String> NUMBER =
      Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");
  private static final Set<String> ARRAY = Set.of("items", "prefixItems", "minItems", "maxItems");
  private static final Set<String> OBJECT =
      Set.of("properties", "required", "additionalProperties", "minProperties", "maxProperties");

  private static final JsonNode NOTHING = JsonNodeFactory.instance.arrayNode();

  private final JsonRules rules;
  private final ByteNetwork.Builder network;
  private final JsonNode root;
  private final String name;
  private int depth;

  /// @param name tells this schema's rules from those of others in the same network
  SchemaCompiler(JsonRules rules, JsonNode root, String name) {
    this.rules = rules;
    this.network = rules.network();
    this.root = root;
    this.name = name;
  }

  /// The rule of the whole schema.
  int compile() {
    return rule(new SchemaNode(root, ""));
  }

  private int rule(SchemaNode schema) {
    enter(schema);
    int rule = rules.rule(name + "#" + schema.pointer(), (from, to) -> value(from, schema, to));
    depth--;
    return rule;
  }

  private void enter(SchemaNode schema) {
    if (++depth > MAX_DEPTH) {
      throw schema.refuse("nested deeper than " + MAX_DEPTH);
    }
  }

  private void value(int from, SchemaNode schema, int to) {
    JsonNode json = schema.json();
    if (json.isBoolean()) {
      if (json.booleanValue()) {
        network.call(from, rules.value(), to);
      }
      return;
    }
    schema.require(json.isObject(), "expected an object or a boolean, found " + json);
    schema.requireKnown();
    if (schema.has("$ref")) {
      schema.requireAlone("$ref");
      network.call(from, rule(resolve(schema)), to);
    } else if (schema.has("const") || schema.has("enum")) {
      literals(from, schema, to);
    } else if (schema.has("anyOf")) {
      schema.requireAlone("anyOf");
      alternatives(from, schema.child("anyOf"), to);
    } else if (schema.has("oneOf")) {
      schema.requireAlone("oneOf");
      new OneOf(this::resolved).requireApart(schema.child("oneOf"));
      alternatives(from, schema.child("oneOf"), to);
    } else if (schema.has("allOf")) {
      enter(schema);
      value(from, new AllOf(this::resolved).merge(schema), to);
      depth--;
    } else {
      typed(from, schema, to);
    }
  }

  private SchemaNode resolved(SchemaNode schema) {
    SchemaNode at = schema;
    for (int i = 0; i < MAX_DEPTH && at.has("$ref"); i++) {
      at = resolve(at);
    }
    return at;
  }

  private SchemaNode resolve(SchemaNode schema) {
    String reference = schema.text("$ref").orElse("");
    SchemaNode place = schema.child("$ref");
    place.require(
        reference.equals("#") || reference.startsWith("#/"),
        "expected a reference within the schema, found '%s'".formatted(reference));
    JsonNode at = root;
    StringBuilder pointer = new StringBuilder();
    String[] steps = reference.substring(1).split("/", -1);
    for (int i = 1; i < steps.length; i++) {
      String step = unescaped(steps[i], place);
      at =
          at.isArray() && step.matches("[0-9]{1,6}")
              ? at.path(Integer.parseInt(step))
              : at.path(step);
      pointer.append('/').append(steps[i]);
    }
    place.require(!at.isMissingNode(), "nothing is there: '%s'".formatted(reference));
    return new SchemaNode(at, pointer.toString());
  }

  private static String unescaped(String step, SchemaNode place) {
    try {
      String decoded = URLDecoder.decode(step.replace("+", "%2B"), StandardCharsets.UTF_8);
      return decoded.replace("~1", "/").replace("~0", "~");
    } catch (IllegalArgumentException e) {
      throw place.refuse("malformed reference '%s'".formatted(step));
    }
  }

  private void alternatives(int from, SchemaNode list, int to) {
    list.require(list.json().isArray() && !list.json().isEmpty(), "expected a list of schemas");
    for (int i = 0; i < list.json().size(); i++) {
      network.call(from, rule(list.child(i)), to);
    }
  }

  private void literals(int from, SchemaNode schema, int to) {
    String keyword = schema.has("const") ? "const" : "enum";
    schema.requireAlone(keyword, "type");
    List<JsonNode> values = new ArrayList<>();
    if (schema.has("const")) {
      values.add(schema.json().path("const"));
    } else {
      SchemaNode list = schema.child("enum");
      list.require(list.json().isArray(), "expected a list of values");
      list.require(list.json().size() <= MAX_ENUM, "more than %d values".formatted(MAX_ENUM));
      list.json().forEach(values::add);
    }
    Set<String> texts = new LinkedHashSet<>();
    for (JsonNode value : values) {
      boolean allowed =
          !schema.has("type") || JsonType.of(schema).stream().anyMatch(t -> t.matches(value));
      if (allowed && value.isContainer()) {
        network.silent(constant(from, value), to);
      } else if (allowed) {
        texts.add(value.toString());
      }
    }
    rules.anyOf(from, texts, to);
  }

  /// One value in any layout.
  private int constant(int from, JsonNode value) {
    if (!value.isContainer()) {
      return rules.literal(from, value.toString());
    }
    int at = rules.literal(from, value.isArray() ? "[" : "{");
    boolean first = true;
    for (JsonNode item : value.isArray() ? value : NOTHING) {
      at = constant(rules.space(first ? at : rules.literal(at, ",")), item);
      first = false;
    }
    for (var member : value.properties()) {
      String name = JsonNodeFactory.instance.stringNode(member.getKey()).toString();
      int begin = rules.space(first ? at : rules.literal(at, ","));
      at = constant(rules.space(rules.literal(begin, name + ":")), member.getValue());
      first = false;
    }
    return rules.literal(rules.space(at), value.isArray() ? "]" : "}");
  }

  private void typed(int from, SchemaNode schema, int to) {
    List<JsonType> types = schema.has("type") ? JsonType.of(schema) : inferred(schema);
    if (types.isEmpty()) {
      network.call(from, rules.value(), to);
    }
    for (JsonType type : types) {
      switch (type) {
        case NULL -> rules.anyOf(from, List.of("null"), to);
        case BOOLEAN -> rules.anyOf(from, List.of("true", "false"), to);
        case INTEGER -> number(from, schema, true, to);
        case NUMBER -> number(from, schema, false, to);
        case STRING -> string(from, schema, to);
        case ARRAY -> array(from, schema, to);
        case OBJECT -> new ObjectRule(rules, this::rule).write(from, schema, to);
      }
    }
  }

  /// The types that a schema without `type` speaks of; none if it restricts nothing.
  private static List<JsonType> inferred(SchemaNode schema) {
    List<JsonType> types = new ArrayList<>();
    Set<String> keywords = new HashSet<>(schema.json().propertyNames());
    if (!java.util.Collections.disjoint(keywords, OBJECT)) {
      types.add(JsonType.OBJECT);
    }
    if (!java.util.Collections.disjoint(keywords, ARRAY)) {
      types.add(JsonType.ARRAY);
    }
    if (!java.util.Collections.disjoint(keywords, STRING)) {
      types.add(JsonType.STRING);
    }
    if (!java.util.Collections.disjoint(keywords, NUMBER)) {
      types.add(JsonType.NUMBER);
    }
    return types;
  }

  private void number(int from, SchemaNode schema, boolean integer, int to) {
    boolean whole = integer || schema.has("multipleOf"); // which is 1
    NumberRange.Bound least = bound(schema, "minimum", "exclusiveMinimum", 1);
    NumberRange.Bound most = bound(schema, "maximum", "exclusiveMaximum", -1);
    if (least == null && most == null) {
      network.call(from, whole ? rules.integer() : rules.number(), to);
    } else {
      new NumberRange(network, whole).write(from, least, most, to);
    }
  }

  /// The stricter of two bounds; `exclusive…` may also be a boolean, as in draft 4.
  private static NumberRange.@Nullable Bound bound(
      SchemaNode schema, String inclusive, String exclusive, int sign) {
    NumberRange.Bound bound = null;
    JsonNode strict = schema.json().path(exclusive);
    if (schema.has(inclusive)) {
      bound = new NumberRange.Bound(schema.number(inclusive), strict.asBoolean(false));
    }
    if (strict.isNumber()) {
      BigDecimal value = schema.number(exclusive);
      if (bound == null || sign * value.compareTo(bound.value()) >= 0) {
        bound = new NumberRange.Bound(value, true);
      }
    }
    return bound;
  }

  private void string(int from, SchemaNode schema, int to) {
    int least = schema.count("minLength", 0, Integer.MAX_VALUE);
    int most = schema.count("maxLength", -1, MAX_CHARACTERS);
    schema.require(
        least <= MAX_CHARACTERS, "'minLength' above %d is too large".formatted(MAX_CHARACTERS));
    schema.require(most < 0 || least <= most, "'minLength' is above 'maxLength'");
    String pattern = schema.text("pattern").orElse("");
    if (schema.has("format")) {
      String ofFormat = StringFormats.pattern(schema.text("format").orElse("")).orElse("");
      schema.require(
          pattern.isEmpty() || ofFormat.isEmpty(), "'pattern' beside 'format' can't be kept");
      pattern = pattern.isEmpty() ? ofFormat : pattern;
    }
    if (!pattern.isEmpty()) {
      CharAutomaton automaton = RegularExpression.parse(pattern, schema.pointer());
      boolean bounded = least > 0 || most >= 0;
      rules.string(from, bounded ? automaton.counted(least, most) : automaton, to);
    } else if (least > 0 || most >= 0) {
      rules.string(from, least, most, to);
    } else {
      network.call(from, rules.string(), to);
    }
  }

  private void array(int from, SchemaNode schema, int to) {
    int least = schema.count("minItems", 0, Integer.MAX_VALUE);
    int most = schema.count("maxItems", -1, MAX_ITEMS);
    schema.require(least <= MAX_ITEMS, "'minItems' above %d is too large".formatted(MAX_ITEMS));
    schema.require(most < 0 || least <= most, "'minItems' is above 'maxItems'");
    List<SchemaNode> first = new ArrayList<>();
    SchemaNode prefix = schema.child("prefixItems");
    boolean draft4Tuple = schema.json().path("items").isArray();
    SchemaNode tuple = draft4Tuple ? schema.child("items") : prefix;
    for (int i = 0; i < tuple.json().size(); i++) {
      first.add(tuple.child(i));
    }
    int rest = draft4Tuple || !schema.has("items") ? rules.value() : rule(schema.child("items"));
    int open = rules.space(rules.literal(from, "["));
    if (least == 0) {
      network.range(open, ']', ']', to);
    }
    items(open, first, rest, least, most, to);
  }

  private void items(int open, List<SchemaNode> first, int rest, int least, int most, int to) {
    int before = open;
    int count = Math.max(Math.max(first.size(), least), most);
    count = most < 0 ? Math.max(count, 1) : Math.min(count, most);
    for (int i = 0; i < count; i++) {
      int item = i < first.size() ? rule(first.get(i)) : rest;
      int behind = rules.call(before, item);
      if (i + 1 >= least) {
        network.range(rules.space(behind), ']', ']', to);
      }
      before = rules.space(rules.literal(behind, ","));
      if (most < 0 && i == count - 1) {
        int more = rules.call(before, rest);
        network.range(rules.space(more), ']', ']', to);
        network.silent(rules.space(rules.literal(more, ",")), before);
      }
    }
  }
}
