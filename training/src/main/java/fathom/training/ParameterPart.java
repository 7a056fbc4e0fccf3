package fathom.training;

import fathom.model.Parameter;
import java.util.ArrayList;
import java.util.List;

/// Some consecutive numbers of one parameter. Parameters are always cut in the same way, whatever
/// the number of threads, so that sums over parts come out the same to the last bit.
///
/// @param parameter index in the list that was cut
/// @param firstByte where the numbers begin
/// @param count how many
record ParameterPart(int parameter, long firstByte, int count) {
  private static final int SIZE = 1 << 16;

  /// Cuts parameters into parts.
  static List<ParameterPart> cut(List<Parameter> parameters) {
    List<ParameterPart> parts = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      long numbers = parameters.get(i).shape().elements();
      for (long first = 0; first < numbers; first += SIZE) {
        int count = (int) Math.min(SIZE, numbers - first);
        parts.add(new ParameterPart(i, first * Float.BYTES, count));
      }
    }
    return parts;
  }

  /// The parameters of a set that have gradients.
  static List<Parameter> trained(Iterable<Parameter> all) {
    List<Parameter> trained = new ArrayList<>();
    for (Parameter parameter : all) {
      if (parameter.gradient() != null) {
        trained.add(parameter);
      }
    }
    return List.copyOf(trained);
  }
}
