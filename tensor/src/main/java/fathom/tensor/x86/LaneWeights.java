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

  /// Bytes that are copied at once: many small weights, such as experts, keep all workers busy, and
  /// little is in memory twice.
  private static final long BATCH = 64L << 20;

  private final KernelSet kernels;
  private final IdentityHashMap<WeightMatrix, LaneWeight> known = new IdentityHashMap<>();
  private final List<MemorySegment> pieces = new ArrayList<>();

  LaneWeights(KernelSet kernels) {
    this.kernels = kernels;
  }

  /// The other form of a weight, or null if it has none.
  @Nullable LaneWeight find(WeightMatrix w) {
    return known.isEmpty() ? null : known.get(w);
  }

  /// The memory that the copies lie in.
  List<MemorySegment> memory() {
    return List.copyOf(pieces);
  }

  /// Copies the weights that have such a form, on all workers, and gives their mapped pages back to
  /// the system batch by batch. Memory comes in huge pages where the system has them, and is freed
  /// when this object is no longer reachable.
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
    pieces.add(memory);
    List<LaneWeight> batch = new ArrayList<>();
    long offset = 0;
    long inBatch = 0;
    for (WeightMatrix w : chosen) {
      batch.add(new LaneWeight(w, memory.asSlice(offset)));
      offset += LaneForm.bytes(w);
      inBatch += w.bytes();
      if (inBatch >= BATCH) {
        fill(batch, workers);
        batch.clear();
        inBatch = 0;
      }
    }
    fill(batch, workers);
  }

  private void fill(List<LaneWeight> batch, Workers workers) {
    int[] ends = new int[batch.size()];
    int groups = 0;
    for (int i = 0; i < ends.length; i++) {
      groups += batch.get(i).groups();
      ends[i] = groups;
    }
    workers.run(groups, part -> fill(batch, ends, part));
    for (LaneWeight lanes : batch) {
      WeightMatrix w = lanes.source();
      LargeMemory.releaseMapped(w.segment().asSlice(0, w.bytes()));
      known.put(w, lanes);
    }
  }

  /// Fills one of all groups, which are counted through the batch; `ends` says up to where each
  /// weight's go.
  private void fill(List<LaneWeight> batch, int[] ends, int part) {
    int weight = 0;
    while (ends[weight] <= part) {
      weight++;
    }
    int first = weight == 0 ? 0 : ends[weight - 1];
    batch.get(weight).fill(part - first, kernels);
  }
}
