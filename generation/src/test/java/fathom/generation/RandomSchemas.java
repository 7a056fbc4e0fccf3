package fathom.generation;

import java.util.Random;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Schemas of all kinds that the grammar keeps, made of nothing but a seed.
final class RandomSchemas {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String[] PATTERNS = {
    "^[a-z]{1,5}$",
    "a|b",
    "^(x|yz)*$",
    "[0-9]+",
    "^\\\\d{2}-\\\\w$".replace("\\\\", "\\"),
    "^.{0,3}$"
  };
  private static final String[] NAMES = {"a", "ab", "b", "name", "x y", "ä", "quote\"", "back\\"};

  private final Random random;
  private boolean recursive;

  RandomSchemas(long seed) {
    random = new Random(seed);
  }

  /// A schema as JSON text.
  String next() {
    ObjectNode schema = schema(3);
    if (recursive) {
      schema.putObject("$defs").set("leaf", schema(1));
    }
    return JsonMapper.shared().writeValueAsString(schema);
  }

  private ObjectNode schema(int depth) {
    ObjectNode schema = NODES.objectNode();
    switch (random.nextInt(depth == 0 ? 6 : 10)) {
      case 0 -> string(schema);
      case 1 -> number(schema, "integer");
      case 2 -> number(schema, "number");
      case 3 -> schema.put("type", random.nextBoolean() ? "boolean" : "null");
      case 4 -> literals(schema.putArray("enum"));
      case 5 -> schema.putArray("type").add("string").add("integer").add("null");
      case 6 -> array(schema, depth);
      case 7 -> alternatives(schema.putArray("anyOf"), depth);
      default -> object(schema, depth);
    }
    return schema;
  }

  private void string(ObjectNode schema) {
    schema.put("type", "string");
    if (random.nextBoolean()) {
      int least = random.nextInt(4);
      schema.put("minLength", least).put("maxLength", least + random.nextInt(40));
    } else if (random.nextBoolean()) {
      schema.put("pattern", PATTERNS[random.nextInt(PATTERNS.length)]);
    }
  }

  private void number(ObjectNode schema, String type) {
    schema.put("type", type);
    int low = random.nextInt(400) - 200;
    if (random.nextBoolean()) {
      schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
    }
    if (random.nextBoolean()) {
      schema.put(
          random.nextBoolean() ? "maximum" : "exclusiveMaximum", low + 2 + random.nextInt(50));
    }
  }

  private void literals(ArrayNode values) {
    for (int i = random.nextInt(4); i >= 0; i--) {
      switch (random.nextInt(4)) {
        case 0 -> values.add(random.nextInt(1000));
        case 1 -> values.add(NAMES[random.nextInt(NAMES.length)]);
        case 2 -> values.addNull();
        default -> values.addArray().add(true).add("x");
      }
    }
  }

  private void array(ObjectNode schema, int depth) {
    schema.put("type", "array");
    if (random.nextInt(4) > 0) {
      schema.set("items", schema(depth - 1));
    }
    if (random.nextInt(3) == 0) {
      schema.putArray("prefixItems").add(schema(depth - 1)).add(schema(0));
    }
    if (random.nextBoolean()) {
      int least = random.nextInt(3);
      schema.put("minItems", least).put("maxItems", least + random.nextInt(4));
    }
  }

  private void alternatives(ArrayNode list, int depth) {
    for (int i = random.nextInt(3); i >= 0; i--) {
      list.add(schema(depth - 1));
    }
  }

  private void object(ObjectNode schema, int depth) {
    schema.put("type", "object");
    ObjectNode members = schema.putObject("properties");
    ArrayNode required = NODES.arrayNode();
    for (int i = random.nextInt(5); i > 0; i--) {
      String name = NAMES[random.nextInt(NAMES.length)];
      boolean known = members.has(name);
      members.set(name, random.nextInt(6) == 0 ? leaf() : schema(depth - 1));
      if (!known && random.nextBoolean()) {
        required.add(name);
      }
    }
    schema.set("required", required);
    switch (random.nextInt(3)) {
      case 0 -> schema.put("additionalProperties", false);
      case 1 -> schema.set("additionalProperties", schema(0));
      default -> schema.path("title");
    }
  }

  private ObjectNode leaf() {
    recursive = true;
    return NODES.objectNode().put("$ref", "#/$defs/leaf");
  }
}
