package fathom.training;

/// How a training run is spread over devices. `pipeline * data` devices in all; experts are divided
/// over `expert` of the data-parallel ones; optimiser state and master weights over all that hold
/// the same parameters (ZeRO-1).
///
/// @param pipeline stages that the layers are divided into (PP)
/// @param data copies of the pipeline, each with its share of the batch (DP)
/// @param expert devices over which the experts of one layer are divided (EP)
public record ParallelLayout(int pipeline, int data, int expert) {
  /// Checks that the experts' devices divide the data-parallel ones.
  public ParallelLayout {
    if (pipeline <= 0 || data <= 0 || expert <= 0 || data % expert != 0) {
      throw new IllegalArgumentException(
          "layout: expected EP to divide DP, found PP %d, DP %d, EP %d"
              .formatted(pipeline, data, expert));
    }
  }

  /// Devices in all.
  public int devices() {
    return pipeline * data;
  }

  @Override
  public String toString() {
    return "PP %d x DP %d, EP %d, ZeRO-1".formatted(pipeline, data, expert);
  }
}
