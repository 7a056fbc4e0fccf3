package fathom.training;

import fathom.model.Parameter;
import fathom.model.ParameterSet;
import fathom.tensor.Matrix;
import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019) on float32 master weights
///
///     m = β1 m + (1 - β1) g        v = β2 v + (1 - β2) g²
///     w = w (1 - η λ) - η m / (1 - β1ᵗ) / (√(v / (1 - β2ᵗ)) + ε)
///
/// in one pass over weights, gradients and moments that also clears the gradients: memory is what
/// an optimiser waits for.
public final class AdamW {
  /// Numbers that are worked on at a time: four arrays of them fit into the first-level cache.
  private static final int CHUNK = 2048;

  private final AdamWSettings settings;
  private final Workers workers;
  private final List<Parameter> parameters;
  private final List<Matrix> first = new ArrayList<>();
  private final List<Matrix> second = new ArrayList<>();
  private final List<ParameterPart> parts;
  private long steps;

  /// An optimiser of those parameters of a set that have gradients, with moments of zero.
  ///
  /// @param arena what the moments live as long as
  public AdamW(ParameterSet set, AdamWSettings settings, Workers workers, Arena arena) {
    this.settings = settings;
    this.workers = workers;
    parameters = ParameterPart.trained(set.all());
    for (Parameter parameter : parameters) {
      first.add(Matrix.allocate(arena, parameter.rows(), parameter.columns()));
      second.add(Matrix.allocate(arena, parameter.rows(), parameter.columns()));
    }
    parts = ParameterPart.cut(parameters);
  }

  /// Steps that were taken.
  public long steps() {
    return steps;
  }

  /// The moments by name, for a checkpoint: `m.NAME` and `v.NAME`.
  public Map<String, Matrix> moments() {
    Map<String, Matrix> moments = new LinkedHashMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      moments.put("m." + parameters.get(i).name(), first.get(i));
      moments.put("v." + parameters.get(i).name(), second.get(i));
    }
    return moments;
  }

  /// Says how many steps the moments have seen, after they were read from a checkpoint.
  public void restore(long newSteps) {
    steps = newSteps;
  }

  /// Moves the weights by their gradients times `gradientScale`, and sets the gradients to zero.
  public void step(float learningRate, float gradientScale) {
    steps++;
    double correction1 = 1 - Math.pow(settings.beta1(), (double) steps);
    double correction2 = 1 - Math.pow(settings.beta2(), (double) steps);
    Rates rates =
        new Rates(
            gradientScale,
            (float) (learningRate / correction1),
            (float) (1 / Math.sqrt(correction2)),
            1 - learningRate * settings.weightDecay());
    workers.run(parts.size(), part -> update(parts.get(part), rates));
  }

  private record Rates(float gradientScale, float step, float rootScale, float keep) {}

  private void update(ParameterPart part, Rates rates) {
    Parameter parameter = parameters.get(part.parameter());
    MemorySegment weights = parameter.values().segment();
    MemorySegment gradients = Objects.requireNonNull(parameter.gradient()).segment();
    MemorySegment m = first.get(part.parameter()).segment();
    MemorySegment v = second.get(part.parameter()).segment();
    float keep = parameter.isVector() && !settings.decayVectors() ? 1 : rates.keep();
    Chunk chunk = new Chunk();
    for (int done = 0; done < part.count(); done += CHUNK) {
      int count = Math.min(CHUNK, part.count() - done);
      long at = part.firstByte() + (long) done * Float.BYTES;
      read(weights, at, chunk.w, count);
      read(gradients, at, chunk.g, count);
      read(m, at, chunk.m, count);
      read(v, at, chunk.v, count);
      update(chunk, count, rates, keep);
      write(chunk.w, weights, at, count);
      write(chunk.m, m, at, count);
      write(chunk.v, v, at, count);
      gradients.asSlice(at, (long) count * Float.BYTES).fill((byte) 0);
    }
  }

  /// Numbers on the Java heap, where loops over them become vector instructions.
  private static final class Chunk {
    private final float[] w = new float[CHUNK];
    private final float[] g = new float[CHUNK];
    private final float[] m = new float[CHUNK];
    private final float[] v = new float[CHUNK];
  }

  private void update(Chunk chunk, int count, Rates rates, float keep) {
    float[] w = chunk.w;
    float[] g = chunk.g;
    float[] m = chunk.m;
    float[] v = chunk.v;
    float beta1 = settings.beta1();
    float beta2 = settings.beta2();
    float rest1 = 1 - beta1;
    float rest2 = 1 - beta2;
    float epsilon = settings.epsilon();
    float scale = rates.gradientScale();
    float step = rates.step();
    float rootScale = rates.rootScale();
    for (int i = 0; i < count; i++) {
      float gradient = g[i] * scale;
      m[i] = beta1 * m[i] + rest1 * gradient;
      v[i] = beta2 * v[i] + rest2 * gradient * gradient;
      w[i] = w[i] * keep - step * m[i] / ((float) Math.sqrt(v[i]) * rootScale + epsilon);
    }
  }

  private static void read(MemorySegment from, long at, float[] to, int count) {
    MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, at, to, 0, count);
  }

  private static void write(float[] from, MemorySegment to, long at, int count) {
    MemorySegment.copy(from, 0, to, ValueLayout.JAVA_FLOAT, at, count);
  }
}
