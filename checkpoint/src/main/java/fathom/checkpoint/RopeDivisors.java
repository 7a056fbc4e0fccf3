package fathom.checkpoint;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Llama 3's rotary scaling as GGUF stores it: `rope_freqs.weight` has a divisor for the frequency
/// of each pair, from 1 (short waves) to the scaling factor (long ones).
///
/// @param values the divisors
/// @param theta base of the frequencies, `rope_theta`
record RopeDivisors(List<Float> values, double theta) {
  private static final float LOW = 1;
  private static final float HIGH = 4;
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static RopeDivisors read(TensorEntry tensor, double theta) {
    List<Float> values = new ArrayList<>();
    for (long i = 0; i < tensor.shape().elements(); i++) {
      values.add(tensor.segment().getAtIndex(FLOAT, i));
    }
    return new RopeDivisors(values, theta);
  }

  /// The divisors of a `rope_scaling` of type `llama3` (Hugging Face's
  /// `_compute_llama3_parameters`), for heads of `headDim` numbers; in float32 step by step, as
  /// PyTorch computes them, so that the same bits come out.
  static RopeDivisors llama3(double theta, int headDim, Llama3Scaling scaling) {
    List<Float> values = new ArrayList<>();
    for (int i = 0; i < headDim / 2; i++) {
      float frequency = 1 / (float) Math.pow(theta, 2f * i / headDim);
      float waveLength = 1 / frequency * (float) (2 * Math.PI);
      values.add(scaling.divisor(waveLength));
    }
    return new RopeDivisors(values, theta);
  }

  /// The numbers of a `rope_scaling` of type `llama3`.
  record Llama3Scaling(float factor, float low, float high, float original) {
    private float divisor(float waveLength) {
      if (waveLength < original / high) {
        return 1;
      }
      if (waveLength > original / low) {
        return factor;
      }
      float smooth = (1 / waveLength * original - low) / (high - low);
      return 1 / ((1 - smooth) / factor + smooth);
    }
  }

  /// The divisors as a tensor of one row.
  Rows rows() {
    float[] numbers = new float[values.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = values.get(i);
    }
    return new Rows.Values(Math.max(numbers.length, 1), numbers);
  }

  boolean arePositive() {
    return values.stream().allMatch(value -> value > 0 && Float.isFinite(value));
  }

  /// The `rope_scaling` that gives these divisors. All Llama 3 models have wave-length bounds of 1
  /// and 4 and a power of two as original length, so these are tried; divisors of any other origin
  /// become the factors of `longrope`, which divide in the same way.
  ObjectNode toScaling() {
    float factor = values.isEmpty() ? 1 : values.getLast();
    ObjectNode scaling = StrictJson.object();
    for (int original = 32; original <= 1 << 20; original *= 2) {
      Llama3Scaling guess = new Llama3Scaling(factor, LOW, HIGH, original);
      if (closeTo(llama3(theta, 2 * values.size(), guess))) {
        scaling.put("rope_type", "llama3");
        scaling.put("factor", factor);
        scaling.put("low_freq_factor", LOW);
        scaling.put("high_freq_factor", HIGH);
        scaling.put("original_max_position_embeddings", original);
        return scaling;
      }
    }
    scaling.put("rope_type", "longrope");
    scaling.put("attention_factor", 1.0);
    ArrayNode longFactors = scaling.putArray("long_factor");
    ArrayNode shortFactors = scaling.putArray("short_factor");
    values.forEach(longFactors::add);
    values.forEach(shortFactors::add);
    return scaling;
  }

  private boolean closeTo(RopeDivisors other) {
    for (int i = 0; i < values.size(); i++) {
      if (Math.abs(values.get(i) - other.values.get(i)) > 1e-4 * values.get(i)) {
        return false;
      }
    }
    return true;
  }
}
