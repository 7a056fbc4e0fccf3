package fathom.generation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/// `oneOf` is `anyOf` where no value can match two of the schemas. That is recognised where they
/// have different types, or are objects told apart by a required member with different constants.
final class OneOf {
  private static final int MAX_SCHEMAS = 200;

  private final UnaryOperator<SchemaNode> resolver;

  OneOf(UnaryOperator<SchemaNode> resolver) {
    this.resolver = resolver;
  }

  /// @throws UnsupportedSchemaException if a value might match two
  void requireApart(SchemaNode list) {
    list.require(list.json().size() <= MAX_SCHEMAS, "more than %d schemas".formatted(MAX_SCHEMAS));
    for (int i = 0; i < list.json().size(); i++) {
      for (int j = 0; j < i; j++) {
        SchemaNode a = resolver.apply(list.child(i));
        SchemaNode b = resolver.apply(list.child(j));
        list.require(
            apart(a, b),
            "schemas %d and %d of 'oneOf' may match the same value; use 'anyOf'".formatted(j, i));
      }
    }
  }

  private boolean apart(SchemaNode a, SchemaNode b) {
    if (disjoint(constants(a), constants(b))) {
      return true;
    }
    if (!a.has("type") || !b.has("type")) {
      return false;
    }
    List<JsonType> types = new ArrayList<>(JsonType.of(a));
    List<JsonType> others = JsonType.of(b);
    boolean numbers = types.contains(JsonType.NUMBER) && others.contains(JsonType.INTEGER);
    boolean integers = types.contains(JsonType.INTEGER) && others.contains(JsonType.NUMBER);
    types.retainAll(others);
    if (types.isEmpty()) {
      return !numbers && !integers;
    }
    return types.equals(List.of(JsonType.OBJECT)) && toldApart(a, b);
  }

  private boolean toldApart(SchemaNode a, SchemaNode b) {
    List<String> required = new ArrayList<>(a.texts("required"));
    required.retainAll(b.texts("required"));
    for (String name : required) {
      Set<JsonNode> first = constants(resolver.apply(a.child("properties").child(name)));
      Set<JsonNode> second = constants(resolver.apply(b.child("properties").child(name)));
      if (disjoint(first, second)) {
        return true;
      }
    }
    return false;
  }

  private static boolean disjoint(Set<JsonNode> a, Set<JsonNode> b) {
    return !a.isEmpty() && !b.isEmpty() && java.util.Collections.disjoint(a, b);
  }

  private static Set<JsonNode> constants(SchemaNode schema) {
    Set<JsonNode> constants = new HashSet<>();
    if (schema.has("const")) {
      constants.add(schema.json().path("const"));
    } else {
      schema.json().path("enum").forEach(constants::add);
    }
    return constants;
  }
}
