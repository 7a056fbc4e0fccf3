package fathom.tensor.x86;

import static fathom.tensor.x86.AttentionWork.CHUNK;
import static fathom.tensor.x86.AttentionWork.PAIRS;

import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.Matrix;
import fathom.tensor.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Softmax attention in BF16.
///
/// Where several blocks of pairs read the same positions (prefill, training), the stored rows are
/// packed once for all of them and each block goes through all chunks. Where one block is all there
/// is (decode, absorbed or not), each chunk is packed by the part that reads it, and the chunks'
/// results are joined at the end, so that a single sequence keeps all threads busy. Both give the
/// same bits.
final class TileAttention {
  private static final Matrix NONE = Matrix.of(MemorySegment.NULL, 0, 0);

  private final Workers workers;
  private final KernelSet kernels;
  private final ThreadLocal<AttentionWork> works;
  private final Scratch.NativeBuffer packed = new Scratch.NativeBuffer();
  private final Scratch.NativeBuffer results = new Scratch.NativeBuffer();
  private final List<SpanPlan> plans = new ArrayList<>();
  private final Workers.Task packTask = this::pack;
  private final Workers.Task attendTask = this::attend;
  private final Workers.Task joinTask = this::join;
  private int count;
  private AttentionShape shape = new AttentionShape(1, 1, 1, 1, 0, 1);
  private Matrix q = NONE;
  private Matrix out = NONE;
  private Matrix logSumExp = NONE;

  TileAttention(Workers workers, KernelSet kernels) {
    this.workers = workers;
    this.kernels = kernels;
    works = ThreadLocal.withInitial(() -> new AttentionWork(kernels));
  }

  /// How one span is cut into parts.
  private static final class SpanPlan {
    private @Nullable AttentionSpan span;
    int end;
    int chunks;
    int pairBlocks;
    int firstPackPart;
    int firstPart;
    int firstJoinPart;
    long packed;
    long results;

    AttentionSpan span() {
      if (span == null) {
        throw new IllegalStateException("attention: no span");
      }
      return span;
    }

    boolean shared() {
      return pairBlocks > 1;
    }

    int chunkCount(int chunk) {
      return Math.min(CHUNK, end - chunk * CHUNK);
    }

    int parts(AttentionShape shape) {
      return shape.keyValueHeads() * (shared() ? pairBlocks : chunks);
    }
  }

  /// Says where queries are and where results go.
  void setMatrices(Matrix queries, Matrix results, Matrix logSums) {
    q = queries;
    out = results;
    logSumExp = logSums;
  }

  void run(AttentionShape newShape, List<AttentionSpan> spans) {
    shape = newShape;
    plan(spans);
    if (count > 0) {
      SpanPlan end = plans.get(count);
      if (end.firstPackPart > 0) {
        workers.run(end.firstPackPart, packTask);
      }
      workers.run(end.firstPart, attendTask);
      if (end.firstJoinPart > 0) {
        workers.run(end.firstJoinPart, joinTask);
      }
    }
    for (int i = 0; i < count; i++) {
      plans.get(i).span = null;
    }
    setMatrices(NONE, NONE, NONE);
  }

  /// Plans all spans that have rows; the plan after the last holds the totals.
  private void plan(List<AttentionSpan> spans) {
    count = 0;
    SpanPlan next = planAt(0);
    next.firstPackPart = 0;
    next.firstPart = 0;
    next.firstJoinPart = 0;
    next.packed = 0;
    next.results = 0;
    for (int i = 0; i < spans.size(); i++) {
      if (spans.get(i).rows() > 0) {
        SpanPlan plan = next;
        set(plan, shape, spans.get(i));
        next = planAt(++count);
        int heads = shape.keyValueHeads();
        boolean joins = !plan.shared() && plan.chunks > 1;
        next.firstPackPart = plan.firstPackPart + (plan.shared() ? heads * plan.chunks : 0);
        next.firstPart = plan.firstPart + plan.parts(shape);
        next.firstJoinPart = plan.firstJoinPart + (joins ? heads : 0);
        next.packed = plan.packed + (plan.shared() ? heads * headBytes(plan, shape) : 0);
        next.results =
            plan.results
                + (joins ? (long) heads * plan.chunks * AttentionWork.resultBytes(shape) : 0);
      }
    }
    long packedStart = packed.atLeast(next.packed);
    long resultStart = results.atLeast(next.results);
    for (int i = 0; i < count; i++) {
      plans.get(i).packed += packedStart;
      plans.get(i).results += resultStart;
    }
  }

  private SpanPlan planAt(int index) {
    if (index == plans.size()) {
      plans.add(new SpanPlan());
    }
    return plans.get(index);
  }

  private static void set(SpanPlan plan, AttentionShape shape, AttentionSpan span) {
    plan.span = span;
    plan.end = span.startPosition() + span.rows();
    plan.chunks = ProductMethod.ceilDiv(plan.end, CHUNK);
    plan.pairBlocks = ProductMethod.ceilDiv(span.rows() * QueryPairs.group(shape), PAIRS);
  }

  // ---- packed rows
  // -----------------------------------------------------------------------------------

  /// Bytes of all packed positions of one head.
  private static long headBytes(SpanPlan plan, AttentionShape shape) {
    return (plan.chunks - 1) * AttentionWork.packedBytes(shape, CHUNK)
        + AttentionWork.packedBytes(shape, plan.chunkCount(plan.chunks - 1));
  }

  /// Where a chunk that several parts read is packed.
  private static long shared(SpanPlan plan, AttentionShape shape, int head, int chunk) {
    return plan.packed
        + head * headBytes(plan, shape)
        + chunk * AttentionWork.packedBytes(shape, CHUNK);
  }

  private void pack(int part) {
    int i = count - 1;
    while (plans.get(i).firstPackPart > part || !plans.get(i).shared()) {
      i--;
    }
    SpanPlan plan = plans.get(i);
    int head = (part - plan.firstPackPart) / plan.chunks;
    int chunk = (part - plan.firstPackPart) % plan.chunks;
    long target = shared(plan, shape, head, chunk);
    works.get().pack(shape, plan.span(), head, chunk * CHUNK, target);
  }

  // ---- attention
  // -------------------------------------------------------------------------------------

  private AttentionWork work(SpanPlan plan, int head, int block) {
    AttentionWork work = works.get();
    work.pairs.set(shape, plan.span(), head, block * PAIRS, PAIRS);
    return work;
  }

  private void attend(int part) {
    int i = count - 1;
    while (plans.get(i).firstPart > part) {
      i--;
    }
    SpanPlan plan = plans.get(i);
    int within = part - plan.firstPart;
    if (plan.shared()) {
      // Later rows see more, so they come first.
      int block = plan.pairBlocks - 1 - within % plan.pairBlocks;
      throughAllChunks(plan, within / plan.pairBlocks, block);
    } else {
      oneChunk(plan, within / plan.chunks, within % plan.chunks);
    }
  }

  private void throughAllChunks(SpanPlan plan, int head, int block) {
    AttentionWork work = work(plan, head, block);
    work.packQueries(shape, q);
    long bytes = AttentionWork.resultBytes(shape);
    long total = kernels.scratch().buffer(Scratch.RESULTS, 2 * bytes);
    for (int chunk = 0; chunk * CHUNK < work.pairs.end(); chunk++) {
      long packed = shared(plan, shape, head, chunk);
      long result = chunk == 0 ? total : total + bytes;
      work.attend(shape, packed, chunk * CHUNK, plan.chunkCount(chunk), result);
      if (chunk > 0) {
        work.join(shape, total, result);
      }
    }
    work.finish(shape, total, out, logSumExp);
  }

  private void oneChunk(SpanPlan plan, int head, int chunk) {
    AttentionWork work = work(plan, head, 0);
    Scratch own = kernels.scratch();
    int rows = plan.chunkCount(chunk);
    long packed = own.buffer(Scratch.PANELS, AttentionWork.packedBytes(shape, rows));
    work.pack(shape, plan.span(), head, chunk * CHUNK, packed);
    work.packQueries(shape, q);
    long result =
        plan.chunks == 1
            ? own.buffer(Scratch.RESULTS, AttentionWork.resultBytes(shape))
            : result(plan, head, chunk);
    work.attend(shape, packed, chunk * CHUNK, rows, result);
    if (plan.chunks == 1) {
      work.finish(shape, result, out, logSumExp);
    }
  }

  private long result(SpanPlan plan, int head, int chunk) {
    return plan.results + (head * (long) plan.chunks + chunk) * AttentionWork.resultBytes(shape);
  }

  private void join(int part) {
    int i = count - 1;
    while (plans.get(i).firstJoinPart > part || plans.get(i).shared() || plans.get(i).chunks == 1) {
      i--;
    }
    SpanPlan plan = plans.get(i);
    int head = part - plan.firstJoinPart;
    AttentionWork work = work(plan, head, 0);
    long total = result(plan, head, 0);
    for (int chunk = 1; chunk < plan.chunks; chunk++) {
      work.join(shape, total, result(plan, head, chunk));
    }
    work.finish(shape, total, out, logSumExp);
  }
}
