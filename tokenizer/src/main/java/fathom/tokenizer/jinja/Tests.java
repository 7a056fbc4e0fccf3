package fathom.tokenizer.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What `value is name` asks.
final class Tests {
  private Tests() {}

  static boolean holds(String name, Object value, Arguments arguments, Budget budget) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value == None.NONE;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "boolean" -> value instanceof Boolean;
      case "string" -> value instanceof String;
      case "number" -> Values.isNumber(value);
      case "integer" -> Values.isInteger(value);
      case "float" -> value instanceof Double;
      case "mapping" -> value instanceof Map;
      case "sequence" ->
          value instanceof List
              || value instanceof Map
              || value instanceof String
              || value instanceof Undefined;
      case "iterable" ->
          value instanceof List
              || value instanceof Map
              || value instanceof String
              || value instanceof Undefined;
      case "callable" -> value instanceof Function;
      case "escaped" -> false;
      case "upper" ->
          Values.text(value, "a value").equals(value.toString().toUpperCase(Locale.ROOT));
      case "lower" ->
          Values.text(value, "a value").equals(value.toString().toLowerCase(Locale.ROOT));
      case "odd" -> remainder(value, 2L, budget) == 1;
      case "even" -> remainder(value, 2L, budget) == 0;
      case "divisibleby" -> remainder(value, arguments.require(0, "num"), budget) == 0;
      case "in" -> Values.contains(arguments.require(0, "seq"), value, budget);
      case "sameas" ->
          value == arguments.require(0, "other") || value.equals(arguments.require(0, "other"));
      case "eq", "equalto" -> Values.equal(value, arguments.require(0, "other"));
      case "ne" -> !Values.equal(value, arguments.require(0, "other"));
      case "lt", "lessthan" -> Values.compare(value, arguments.require(0, "other")) < 0;
      case "le" -> Values.compare(value, arguments.require(0, "other")) <= 0;
      case "gt", "greaterthan" -> Values.compare(value, arguments.require(0, "other")) > 0;
      case "ge" -> Values.compare(value, arguments.require(0, "other")) >= 0;
      default -> throw new JinjaException("unknown test '" + name + "'");
    };
  }

  private static double remainder(Object value, Object divisor, Budget budget) {
    return Arithmetic.floating(Arithmetic.apply("%", value, divisor, budget));
  }
}
