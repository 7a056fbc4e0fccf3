package fathom.tensor.x86;

import fathom.tensor.LargeMemory;
import fathom.tensor.WeightMatrix;
import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The weights that have been brought into their [LaneForm], by identity.
final class LaneWeights {
  /// What kernels may read behind the last weight.
  private static final long SLACK = 4096;

  private final KernelSet kernels;
  private final IdentityHashMap<WeightMatrix, LaneWeight> known = new IdentityHashMap<>();

  LaneWeights(KernelSet kernels) {
    this.kernels = kernels;
  }

  /// The other form of a weight, or null if it has none.
  @Nullable LaneWeight find(WeightMatrix w) {
    return known.isEmpty() ? null : known.get(w);
  }

  /// Copies the weights that have such a form, on all workers, and gives the mapped pages of each
  /// back to the system when it is done. Memory comes in huge pages where the system has them, and
  /// is freed when this object is no longer reachable.
  void add(List<WeightMatrix> weights, Workers workers) {
    List<WeightMatrix> chosen = new ArrayList<>();
    long bytes = SLACK;
    for (WeightMatrix w : weights) {
      if (LaneForm.has(w.type()) && w.columns() > 0 && !known.containsKey(w)) {
        chosen.add(w);
        bytes += LaneForm.bytes(w);
      }
    }
    if (chosen.isEmpty()) {
      return;
    }
    MemorySegment memory = LargeMemory.allocate(Arena.ofAuto(), bytes);
    long offset = 0;
    for (WeightMatrix w : chosen) {
      LaneWeight lanes = new LaneWeight(w, memory.asSlice(offset));
      workers.run(lanes.groups(), group -> lanes.fill(group, kernels));
      LargeMemory.releaseMapped(w.segment().asSlice(0, w.bytes()));
      known.put(w, lanes);
      offset += LaneForm.bytes(w);
    }
  }
}
