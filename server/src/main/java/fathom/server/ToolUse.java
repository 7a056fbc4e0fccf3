package fathom.server;

import fathom.generation.Grammar;
import fathom.generation.UnsupportedSchemaException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Which functions an answer may or must call.
///
/// @param definitions the functions in OpenAI's form; empty if none may be called
/// @param forced the grammar of the call that must be made, if one must
/// @param strict names of the functions whose arguments must match their schema
record ToolUse(List<ObjectNode> definitions, Optional<Grammar> forced, Set<String> strict) {
  /// No functions.
  static final ToolUse NONE = new ToolUse(List.of(), Optional.empty(), Set.of());

  /// The official API's limit.
  static final int MOST = 128;

  /// Calls in one answer, where it is held to anything.
  static final int MOST_CALLS = 16;

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
  private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

  ToolUse {
    definitions = List.copyOf(definitions);
    strict = Set.copyOf(strict);
  }

  /// How strongly a request asks for a call.
  ///
  /// @param mode `none`, `auto`, `required` or `function`
  /// @param name the function, for `function`
  record Choice(String mode, String name) {
    static final Choice AUTO = new Choice("auto", "");
  }

  /// Checks definitions and choice.
  ///
  /// @param tools each `{"type":"function","function":{…}}`
  static ToolUse of(List<Fields> tools, Choice choice) {
    List<ObjectNode> all = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Set<String> strict = new HashSet<>();
    for (Fields tool : tools) {
      tool.choice("type", "function", List.of("function"));
      Fields function =
          tool.object("function")
              .orElseThrow(
                  () ->
                      ApiException.format(
                          tool.at("function"),
                          "Invalid Format: missing field '" + tool.at("function") + "'"));
      String name = function.text("name");
      if (!NAME.matcher(name).matches()) {
        throw ApiException.format(
            function.at("name"),
            "Invalid '" + function.at("name") + "': expected a name matching " + NAME.pattern());
      }
      if (!names.add(name)) {
        throw ApiException.format(
            function.at("name"),
            "Invalid '" + function.at("name") + "': found '" + name + "' twice");
      }
      function.text("description", "");
      function.object("parameters");
      if (function.flag("strict", false)) {
        StrictSchema.check(function.raw("parameters"), function.at("parameters"));
        strict.add(name);
      }
      all.add(definition(function, name));
    }
    return choose(all, choice, strict);
  }

  private static ObjectNode definition(Fields function, String name) {
    ObjectNode inner =
        Json.object().put("name", name).put("description", function.text("description", ""));
    JsonNode parameters = function.raw("parameters");
    inner.set("parameters", parameters == null ? emptySchema() : parameters);
    ObjectNode outer = Json.object().put("type", "function");
    outer.set("function", inner);
    return outer;
  }

  private static ToolUse choose(List<ObjectNode> all, Choice choice, Set<String> strict) {
    return switch (choice.mode()) {
      case "none" -> NONE;
      case "auto" -> new ToolUse(all, Optional.empty(), strict);
      case "required" -> {
        requireSome(all);
        yield new ToolUse(all, Optional.of(grammar(all)), strict);
      }
      default -> {
        List<ObjectNode> named =
            all.stream().filter(tool -> nameOf(tool).equals(choice.name())).toList();
        if (named.isEmpty()) {
          throw ApiException.format(
              "tool_choice", "Invalid tool_choice: no tool is named '" + choice.name() + "'");
        }
        yield new ToolUse(all, Optional.of(grammar(named)), strict);
      }
    };
  }

  private static void requireSome(List<ObjectNode> all) {
    if (all.isEmpty()) {
      throw ApiException.format("tool_choice", "Invalid tool_choice: 'required' needs tools");
    }
  }

  private static Grammar grammar(List<ObjectNode> callable) {
    ArrayNode any = Json.array();
    for (ObjectNode tool : callable) {
      JsonNode parameters = tool.path("function").path("parameters");
      any.add(
          Json.parse(
              ForcedCallParser.schema(
                  Json.text(tool.path("function").path("name")), Json.text(parameters))));
    }
    try {
      JsonNode schema = any.size() == 1 ? any.get(0) : Json.object().set("anyOf", any);
      return Grammar.jsonSchema(Json.text(schema));
    } catch (UnsupportedSchemaException e) {
      throw ApiException.format("tools", "Invalid tools: " + e.getMessage());
    }
  }

  private static ObjectNode emptySchema() {
    ObjectNode schema = Json.object().put("type", "object");
    schema.putObject("properties");
    return schema;
  }

  private static String nameOf(ObjectNode tool) {
    return tool.path("function").path("name").asString("");
  }

  /// The definitions as templates take them.
  List<Map<String, Object>> forTemplate() {
    return definitions.stream().map(tool -> Json.convert(tool, MAP)).toList();
  }

  /// Whether functions may, but needn't, be called.
  boolean optional() {
    return !definitions.isEmpty() && forced.isEmpty();
  }

  /// The schemas that arguments are held to, by the functions' names: their own where they are
  /// strict, else any object.
  Map<String, String> schemas() {
    Map<String, String> schemas = new LinkedHashMap<>();
    for (ObjectNode tool : definitions) {
      String name = nameOf(tool);
      schemas.put(
          name,
          strict.contains(name)
              ? Json.text(tool.path("function").path("parameters"))
              : "{\"type\":\"object\"}");
    }
    return schemas;
  }

  /// How calls come out of the model.
  ReplyReader.ToolReading reading() {
    if (forced.isPresent()) {
      return ReplyReader.ToolReading.FORCED;
    }
    return definitions.isEmpty() ? ReplyReader.ToolReading.NONE : ReplyReader.ToolReading.NATIVE;
  }
}
