package fathom.generation;

import java.util.List;

/// Writes the parts of a grammar into a [ByteNetwork].
final class GrammarWriter {
  private final ByteNetwork.Builder network = new ByteNetwork.Builder();
  private final JsonRules rules = new JsonRules(network);
  private final Utf8Ranges utf8 = new Utf8Ranges(network);
  private final Literals literals;
  private int schemas;

  /// How a literal is spelled in a vocabulary.
  interface Literals {
    byte[] spell(String text);
  }

  GrammarWriter(Literals literals) {
    this.literals = literals;
  }

  ByteNetwork write(Grammar.Part part) {
    int whole = network.newRule();
    int from = network.start(whole);
    if (part instanceof Grammar.Part.Schema) {
      from = rules.opening(from);
    }
    write(from, part, network.end(whole));
    return network.build();
  }

  private void write(int from, Grammar.Part part, int to) {
    switch (part) {
      case Grammar.Part.Schema json -> schema(from, json, to);
      case Grammar.Part.Literal literal ->
          network.silent(network.literal(from, literals.spell(literal.text())), to);
      case Grammar.Part.Text text -> text(from, to);
      case Grammar.Part.Sequence sequence -> sequence(from, sequence.parts(), to);
      case Grammar.Part.Choice choice ->
          choice.parts().forEach(alternative -> write(from, alternative, to));
      case Grammar.Part.Repeat repeat -> repeat(from, repeat, to);
    }
  }

  private void schema(int from, Grammar.Part.Schema json, int to) {
    int rule = new SchemaCompiler(rules, json.schema(), "schema" + schemas++).compile();
    network.call(from, rule, to);
  }

  private void text(int from, int to) {
    int inside = network.newState();
    network.silent(from, inside);
    utf8.raw(inside, '\t', '\n', inside);
    utf8.raw(inside, '\r', '\r', inside);
    utf8.raw(inside, 0x20, CharAutomaton.MAX_CODE_POINT, inside);
    network.silent(inside, to);
  }

  private void sequence(int from, List<Grammar.Part> parts, int to) {
    int at = from;
    for (Grammar.Part part : parts) {
      int next = network.newState();
      write(at, part, next);
      at = next;
    }
    network.silent(at, to);
  }

  private void repeat(int from, Grammar.Part.Repeat repeat, int to) {
    int rule = network.newRule();
    write(network.start(rule), repeat.part(), network.end(rule));
    int at = network.newState();
    network.silent(from, at);
    for (int i = 0; i < Math.max(repeat.least(), repeat.most()); i++) {
      if (i >= repeat.least()) {
        network.silent(at, to);
      }
      at = rules.call(at, rule);
    }
    if (repeat.most() < 0) {
      network.call(at, rule, at);
    }
    network.silent(at, to);
  }
}
