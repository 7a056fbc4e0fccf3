package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fathom.tensor.Codec;
import fathom.tensor.DType;
import fathom.tensor.Kernels;
import fathom.tensor.WeightMatrix;
import fathom.tensor.x86.Precision;
import fathom.tensor.x86.UnavailableException;
import fathom.tensor.x86.X86Kernels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What rounded activations do to a trained model: its perplexity on the answers that it is known
/// to give, and those answers.
class RoundedPerplexityTest {
  private static final int END = 1;

  private static final class Case {
    private final int[] prompt;
    private final int[] answer;

    Case(int[] prompt, int[] answer) {
      this.prompt = prompt;
      this.answer = answer;
    }

    int[] prompt() {
      return prompt;
    }

    int[] answer() {
      return answer;
    }

    static List<Case> all() throws IOException {
      List<Case> cases = new ArrayList<>();
      for (String line :
          Files.readAllLines(Golden.FIXTURES.resolve("models/adder-v3/cases.jsonl"))) {
        JsonNode node = JsonMapper.shared().readTree(line);
        cases.add(new Case(ids(node.path("prompt_ids")), ids(node.path("greedy_ids"))));
      }
      return cases;
    }

    private static int[] ids(JsonNode array) {
      return array.valueStream().mapToInt(JsonNode::intValue).toArray();
    }
  }

  @Test
  void perplexityOfWholeTextsInBfloat16IsThatOfFloat32() throws IOException {
    double exact = perplexity(LoadedModel.VECTOR, false, 200, true);
    double rounded = perplexity(assembled(), false, 200, true);
    assertThat(rounded).isCloseTo(exact, within(0.005 * exact));
  }

  @Test
  void perplexityWithEightBitActivationsIsThatOfFloat32OnTheSameWeights() throws IOException {
    double exact = perplexity(LoadedModel.VECTOR, true, 30, false);
    double rounded = perplexity(assembled(), true, 30, false);
    assertThat(rounded).isCloseTo(exact, within(0.005 * exact));
  }

  @Test
  void allTwoHundredAnswersStayTheSame() throws IOException {
    int same = 0;
    try (LoadedModel loaded = LoadedModel.of("adder-v3", assembled(), ModelOptions.defaults())) {
      for (Case one : Case.all()) {
        same += answersAs(loaded, one) ? 1 : 0;
      }
    }
    assertThat(same).isEqualTo(200);
  }

  private static boolean answersAs(LoadedModel loaded, Case one) {
    try (CachedSequence sequence = loaded.newSequence()) {
      int[] found = sequence.greedy(one.prompt(), one.answer().length);
      int equal = 0;
      while (equal < found.length && found[equal] == one.answer()[equal]) {
        equal++;
      }
      return equal == found.length && found[equal - 1] == END;
    }
  }

  /// Perplexity of the answers, each after its prompt.
  ///
  /// @param quantised whether the weights are rounded to Q8_0 and prepared before
  /// @param whole whether a text is read at once, or token by token
  private static double perplexity(Kernels kernels, boolean quantised, int count, boolean whole)
      throws IOException {
    double loss = 0;
    int tokens = 0;
    try (Arena arena = Arena.ofShared();
        LoadedModel loaded = LoadedModel.of("adder-v3", kernels, ModelOptions.defaults())) {
      if (quantised) {
        quantise(loaded.model(), kernels, arena);
      }
      for (Case one : Case.all().subList(0, count)) {
        int[] text = text(one);
        float[][] logits = logits(loaded, text, whole);
        for (int i = one.prompt().length; i < text.length; i++) {
          loss -= logProbability(logits[i - 1], text[i]);
          tokens++;
        }
      }
    }
    return Math.exp(loss / tokens);
  }

  private static int[] text(Case one) {
    int[] text = java.util.Arrays.copyOf(one.prompt(), one.prompt().length + one.answer().length);
    System.arraycopy(one.answer(), 0, text, one.prompt().length, one.answer().length);
    return text;
  }

  private static float[][] logits(LoadedModel loaded, int[] text, boolean whole) {
    try (CachedSequence sequence = loaded.newSequence()) {
      if (whole) {
        return sequence.forward(text);
      }
      float[][] logits = new float[text.length][];
      for (int i = 0; i < text.length; i++) {
        logits[i] = sequence.forward(text[i])[0];
      }
      return logits;
    }
  }

  private static double logProbability(float[] logits, int id) {
    double largest = logits[CachedSequence.argmax(logits)];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return logits[id] - largest - Math.log(sum);
  }

  private static void quantise(DecoderModel model, Kernels kernels, Arena arena) {
    List<WeightMatrix> prepared = new ArrayList<>();
    for (Parameter parameter : model.stack().parameters().all()) {
      boolean product =
          switch (parameter.role()) {
            case MATRIX, EXPERT, HEAD -> true;
            default -> false;
          };
      if (product && parameter.columns() % DType.Q8_0.blockSize() == 0) {
        parameter.bind(quantised(parameter.weight(), arena));
        prepared.add(parameter.weight());
      }
    }
    assertThat(prepared).isNotEmpty();
    kernels.prepare(prepared);
  }

  private static WeightMatrix quantised(WeightMatrix w, Arena arena) {
    long rowBytes = DType.Q8_0.bytes(w.columns());
    MemorySegment memory = arena.allocate(w.rows() * rowBytes, 64);
    float[] row = new float[w.columns()];
    for (int r = 0; r < w.rows(); r++) {
      Codec.dequantizeRow(w, r, row);
      Codec.of(DType.Q8_0).quantize(row, 0, row.length, memory, r * rowBytes);
    }
    return WeightMatrix.of(DType.Q8_0, w.rows(), w.columns(), memory);
  }

  private static Kernels assembled() {
    try {
      return X86Kernels.detect(LoadedModel.VECTOR, Precision.MIXED);
    } catch (UnavailableException e) {
      assumeTrue(false, "skipped: no assembled kernels on this CPU: " + e.getMessage());
      throw e;
    }
  }
}
