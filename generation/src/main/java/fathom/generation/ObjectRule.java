package fathom.generation;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Writes an object's schema into a network. Members come in the schema's order, optional ones may
/// be left out, and others, where allowed, follow under names that are not declared.
///
/// A schema that declares members and does not say whether it allows others is taken not to: what
/// is not written can't be wrong.
final class ObjectRule {
  private static final int MAX_NAME = 512;
  private static final int MAX_MEMBERS = 2000;

  private final JsonRules rules;
  private final ByteNetwork.Builder network;
  private final ToIntFunction<SchemaNode> ruleOf;

  ObjectRule(JsonRules rules, ToIntFunction<SchemaNode> ruleOf) {
    this.rules = rules;
    this.network = rules.network();
    this.ruleOf = ruleOf;
  }

  /// A declared member.
  private record Member(String name, SchemaNode schema, boolean required) {}

  void write(int from, SchemaNode schema, int to) {
    SchemaNode others = others(schema);
    boolean open = !others.json().isBoolean() || others.json().booleanValue();
    List<Member> members = members(schema, others, open);
    int least = schema.count("minProperties", 0, Integer.MAX_VALUE);
    int most = schema.count("maxProperties", -1, MAX_MEMBERS);
    int required = (int) members.stream().filter(Member::required).count();
    boolean counted = least > required || (most >= 0 && (open || most < members.size()));
    if (members.isEmpty() && !counted && open && others.json().isBoolean()) {
      network.call(from, rules.object(), to);
      return;
    }
    int begin = rules.space(rules.literal(from, "{"));
    if (counted) {
      schema.require(
          members.isEmpty() && open,
          "'minProperties' and 'maxProperties' beside declared members can't be kept");
      schema.require(least <= MAX_MEMBERS, "'minProperties' is too large");
      count(begin, others, least, most, to);
    } else {
      sequence(begin, members, open ? ruleOf.applyAsInt(others) : -1, to);
    }
  }

  private static SchemaNode others(SchemaNode schema) {
    if (schema.has("additionalProperties")) {
      return schema.child("additionalProperties");
    }
    boolean declares = schema.has("properties") && !schema.json().path("properties").isEmpty();
    return new SchemaNode(
        JsonNodeFactory.instance.booleanNode(!declares),
        schema.pointer() + "/additionalProperties");
  }

  private List<Member> members(SchemaNode schema, SchemaNode others, boolean open) {
    SchemaNode properties = schema.child("properties");
    JsonNode declared = properties.json();
    properties.require(declared.isMissingNode() || declared.isObject(), "expected an object");
    properties.require(
        declared.size() <= MAX_MEMBERS, "more than %d members".formatted(MAX_MEMBERS));
    Set<String> required = new LinkedHashSet<>(schema.texts("required"));
    List<Member> members = new ArrayList<>();
    for (String name : declared.propertyNames()) {
      members.add(new Member(name, properties.child(name), required.remove(name)));
    }
    boolean said = schema.has("additionalProperties");
    for (String name : required) {
      schema.require(open || !said, "'%s' is required but not allowed".formatted(name));
      SchemaNode value = said ? others : anything(schema);
      members.add(new Member(name, value, true));
    }
    for (Member member : members) {
      properties.require(
          member.name().length() <= MAX_NAME,
          "a name of more than %d characters".formatted(MAX_NAME));
    }
    return members;
  }

  private static SchemaNode anything(SchemaNode schema) {
    return new SchemaNode(
        JsonNodeFactory.instance.booleanNode(true), schema.pointer() + "/required");
  }

  /// The members from `begin` on; `otherRule` is the rule of undeclared values, -1 for none.
  private void sequence(int begin, List<Member> members, int otherRule, int to) {
    int first = begin; // nothing written yet
    int later = network.newState(); // something was, a comma is due
    for (Member member : members) {
      int nextFirst = network.newState();
      int nextLater = network.newState();
      int key = network.newState();
      network.silent(first, key);
      comma(later, key);
      value(literalKey(key, member.name()), ruleOf.applyAsInt(member.schema()), nextLater);
      if (!member.required()) {
        network.silent(first, nextFirst);
        network.silent(later, nextLater);
      }
      first = nextFirst;
      later = nextLater;
    }
    if (otherRule >= 0) {
      int key = network.newState();
      network.silent(first, key);
      comma(later, key);
      value(otherKey(key, members), otherRule, later);
    }
    network.range(first, '}', '}', to);
    network.range(rules.space(later), '}', '}', to);
  }

  /// Undeclared members of a number within bounds.
  private void count(int begin, SchemaNode others, int least, int most, int to) {
    int rule = ruleOf.applyAsInt(others);
    int key = begin;
    if (least == 0) {
      network.range(begin, '}', '}', to);
    }
    int count = Math.max(1, Math.max(least, most));
    for (int i = 0; i < count && most != 0; i++) {
      int behind = network.newState();
      value(otherKey(key, List.of()), rule, behind);
      if (i + 1 >= least) {
        network.range(rules.space(behind), '}', '}', to);
      }
      int next = network.newState();
      comma(behind, next);
      if (most < 0 && i == count - 1) {
        value(otherKey(next, List.of()), rule, behind);
      }
      key = next;
    }
  }

  private void comma(int from, int to) {
    network.silent(rules.space(rules.literal(from, ",")), to);
  }

  private int literalKey(int from, String name) {
    return rules.literal(from, JsonNodeFactory.instance.stringNode(name).toString());
  }

  private int otherKey(int from, List<Member> members) {
    int behind = network.newState();
    if (members.isEmpty()) {
      network.call(from, rules.string(), behind);
    } else {
      List<String> names = members.stream().map(Member::name).toList();
      rules.string(from, CharAutomaton.allBut(names), behind);
    }
    return behind;
  }

  private void value(int from, int rule, int to) {
    int colon = rules.literal(from, ":");
    network.call(rules.blank(colon), rule, to);
  }
}
