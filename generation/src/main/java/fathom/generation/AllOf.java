package fathom.generation;

import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Makes one schema of those in `allOf` and what stands beside them, where they do not speak of the
/// same things.
final class AllOf {
  private final UnaryOperator<SchemaNode> resolver;

  AllOf(UnaryOperator<SchemaNode> resolver) {
    this.resolver = resolver;
  }

  /// @throws UnsupportedSchemaException if two say different things of the same
  SchemaNode merge(SchemaNode schema) {
    SchemaNode list = schema.child("allOf");
    list.require(list.json().isArray() && !list.json().isEmpty(), "expected a list of schemas");
    ObjectNode merged = ((ObjectNode) schema.json()).deepCopy();
    merged.remove("allOf");
    int declaring = schema.has("properties") ? 1 : 0;
    for (int i = 0; i < list.json().size(); i++) {
      SchemaNode part = resolver.apply(list.child(i));
      part.require(part.json().isObject(), "expected an object");
      declaring += part.has("properties") ? 1 : 0;
      add(merged, part);
    }
    // Each part's `additionalProperties` speaks of that part's members alone.
    schema.require(
        declaring < 2 || !merged.has("additionalProperties"),
        "'additionalProperties' beside members of several schemas can't be kept");
    return new SchemaNode(merged, schema.pointer());
  }

  private static void add(ObjectNode merged, SchemaNode part) {
    for (String keyword : part.json().propertyNames()) {
      JsonNode value = part.json().path(keyword);
      JsonNode present = merged.path(keyword);
      if (present.isMissingNode()) {
        merged.set(keyword, value.deepCopy());
      } else if (keyword.equals("required") && present instanceof ArrayNode list) {
        value.forEach(list::add);
      } else if (keyword.equals("properties") && present instanceof ObjectNode members) {
        for (String name : value.propertyNames()) {
          JsonNode known = members.path(name);
          part.require(
              known.isMissingNode() || known.equals(value.path(name)),
              "'allOf' says two things of '%s'".formatted(name));
          members.set(name, value.path(name).deepCopy());
        }
      } else {
        boolean harmless = !new SchemaNode(part.json(), "").restrictsBy(keyword);
        part.require(
            harmless || present.equals(value),
            "'allOf' says two things of '%s'".formatted(keyword));
      }
    }
  }
}
