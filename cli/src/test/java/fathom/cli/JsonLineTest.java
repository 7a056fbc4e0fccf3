package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class JsonLineTest {
  @Test
  void aTreeIsWrittenAsItsMapperWouldWriteIt() {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    tree.put("text", "\"quoted\"\n\u0001 中 😀 \u2028");
    tree.put("int", -3).put("long", 1L << 40).put("float", 0.1f).put("double", 1e-7);
    tree.put("whole", 2.0).put("yes", true).putNull("nothing");
    tree.put("many", BigInteger.TEN.pow(30)).put("exact", new BigDecimal("1.50"));
    tree.put("none", Double.NaN).put("all", Double.POSITIVE_INFINITY);
    tree.putArray("empty");
    tree.putArray("list").add(1).add("two").addObject().putObject("deep");
    assertThat(JsonLine.of(tree)).isEqualTo(tree.toString());
  }
}
