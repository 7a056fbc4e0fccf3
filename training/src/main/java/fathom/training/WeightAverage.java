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

/// Exponential moving average of the weights (V3 keeps one, to see early how the model will do once
/// the learning rate has decayed).
public final class WeightAverage {
  private final float decay;
  private final Workers workers;
  private final List<Parameter> parameters;
  private final List<Matrix> averages = new ArrayList<>();
  private final List<ParameterPart> parts;

  /// An average that begins with the present weights.
  ///
  /// @param decay share of the old average in the new one, for example 0.999
  /// @param arena what the average lives as long as
  public WeightAverage(ParameterSet set, float decay, Workers workers, Arena arena) {
    this.decay = decay;
    this.workers = workers;
    parameters = List.copyOf(set.all());
    for (Parameter parameter : parameters) {
      Matrix copy = Matrix.allocate(arena, parameter.rows(), parameter.columns());
      copy.copyFrom(parameter.values());
      averages.add(copy);
    }
    parts = ParameterPart.cut(parameters);
  }

  /// The averaged weights by name.
  public Map<String, Matrix> values() {
    Map<String, Matrix> values = new LinkedHashMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      values.put(parameters.get(i).name(), averages.get(i));
    }
    return values;
  }

  /// `average = decay * average + (1 - decay) * weights`.
  public void update() {
    workers.run(parts.size(), part -> update(parts.get(part)));
  }

  private void update(ParameterPart part) {
    MemorySegment weights = parameters.get(part.parameter()).values().segment();
    MemorySegment averaged = averages.get(part.parameter()).segment();
    float[] weight = new float[part.count()];
    float[] average = new float[part.count()];
    long at = part.firstByte();
    MemorySegment.copy(weights, ValueLayout.JAVA_FLOAT, at, weight, 0, part.count());
    MemorySegment.copy(averaged, ValueLayout.JAVA_FLOAT, at, average, 0, part.count());
    float rest = 1 - decay;
    for (int i = 0; i < part.count(); i++) {
      average[i] = decay * average[i] + rest * weight[i];
    }
    MemorySegment.copy(average, 0, averaged, ValueLayout.JAVA_FLOAT, at, part.count());
  }
}
