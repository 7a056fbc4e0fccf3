package fathom.tensor.x86;

import static fathom.tensor.x86.AttentionWork.CHUNK;
import static fathom.tensor.x86.AttentionWork.PAIRS;

import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.Matrix;
import fathom.tensor.Workers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Softmax attention on AMX in BF16.
///
/// Where several blocks of pairs read the same positions (prefill, training), the stored rows are
/// packed once for all of them and each block goes through all chunks. Where one block is all there
/// is (decode, absorbed or not), each chunk is packed by the part that reads it, and the chunks'
/// results are joined at the end, so that a single sequence keeps all threads busy. Both give the
/// same bits.
final class TileAttention {
  private final Workers workers;
  private final KernelSet kernels;
  private final KeyValuePacker packer;
  private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);
  private final Scratch.NativeBuffer packed = new Scratch.NativeBuffer();
  private final Scratch.NativeBuffer results = new Scratch.NativeBuffer();
  private final List<SpanPlan> plans = new ArrayList<>();
  private final Workers.Task packTask = this::pack;
  private final Workers.Task attendTask = this::attend;
  private final Workers.Task joinTask = this::join;
  private int count;
  private @Nullable Call call;

  TileAttention(Workers workers, KernelSet kernels) {
    this.workers = workers;
    this.kernels = kernels;
    packer = new KeyValuePacker(kernels);
  }

  /// What one call works on.
  private record Call(AttentionShape shape, Matrix q, Matrix out, Matrix logSumExp) {}

  private Call call() {
    if (call == null) {
      throw new IllegalStateException("attention: no call");
    }
    return call;
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

  void run(
      AttentionShape shape, List<AttentionSpan> spans, Matrix q, Matrix out, Matrix logSumExp) {
    call = new Call(shape, q, out, logSumExp);
    plan(shape, spans);
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
    call = null;
  }

  /// Plans all spans that have rows; the plan after the last holds the totals.
  private void plan(AttentionShape shape, List<AttentionSpan> spans) {
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
    plan.pairBlocks = ProductMethod.ceilDiv(span.rows() * AttentionWork.group(shape), PAIRS);
  }

  // ---- packed rows
  // -----------------------------------------------------------------------------------

  /// Bytes of all packed positions of one head.
  private static long headBytes(SpanPlan plan, AttentionShape shape) {
    long whole = KeyValuePacker.keyBytes(shape, CHUNK) + KeyValuePacker.valueBytes(shape, CHUNK);
    int last = plan.chunkCount(plan.chunks - 1);
    return (plan.chunks - 1) * whole
        + KeyValuePacker.keyBytes(shape, last)
        + KeyValuePacker.valueBytes(shape, last);
  }

  private static AttentionWork.PackedChunk shared(
      SpanPlan plan, AttentionShape shape, int head, int chunk) {
    long whole = KeyValuePacker.keyBytes(shape, CHUNK) + KeyValuePacker.valueBytes(shape, CHUNK);
    int rows = plan.chunkCount(chunk);
    long keys = plan.packed + head * headBytes(plan, shape) + chunk * whole;
    long values = keys + KeyValuePacker.keyBytes(shape, rows);
    return new AttentionWork.PackedChunk(chunk * CHUNK, rows, keys, values);
  }

  private void pack(int part) {
    int i = count - 1;
    while (plans.get(i).firstPackPart > part || !plans.get(i).shared()) {
      i--;
    }
    SpanPlan plan = plans.get(i);
    int within = part - plan.firstPackPart;
    int head = within / plan.chunks;
    AttentionWork.PackedChunk target = shared(plan, call().shape, head, within % plan.chunks);
    pack(plan, head, target, scratch.get());
  }

  private void pack(SpanPlan plan, int head, AttentionWork.PackedChunk target, Scratch own) {
    KeyValuePacker.Chunk chunk =
        new KeyValuePacker.Chunk(plan.span().stored(), head, target.first(), target.count());
    packer.keys(call().shape, chunk, target.keys(), own);
    packer.values(call().shape, chunk, target.values(), own);
  }

  // ---- attention
  // -------------------------------------------------------------------------------------

  private AttentionWork work(SpanPlan plan, int head, int block, Scratch own) {
    int pairs = plan.span().rows() * AttentionWork.group(call().shape);
    int first = block * PAIRS;
    AttentionWork.Range range =
        new AttentionWork.Range(head, first, Math.min(PAIRS, pairs - first));
    return new AttentionWork(kernels, call().shape, plan.span(), own, range);
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
    Scratch own = scratch.get();
    AttentionShape shape = call().shape;
    AttentionWork work = work(plan, head, block, own);
    work.packQueries(call().q);
    long bytes = AttentionWork.resultBytes(shape);
    long total = own.buffer(Scratch.RESULTS, 2 * bytes);
    int pairs = plan.span().rows() * AttentionWork.group(shape);
    int lastPair = Math.min(pairs, (block + 1) * PAIRS) - 1;
    int seen = plan.span().startPosition() + lastPair / AttentionWork.group(shape) + 1;
    for (int chunk = 0; chunk * CHUNK < seen; chunk++) {
      work.attend(shared(plan, shape, head, chunk), chunk == 0 ? total : total + bytes);
      if (chunk > 0) {
        work.join(total, total + bytes);
      }
    }
    work.finish(total, call().out, call().logSumExp);
  }

  private void oneChunk(SpanPlan plan, int head, int chunk) {
    Scratch own = scratch.get();
    AttentionShape shape = call().shape;
    AttentionWork work = work(plan, head, 0, own);
    int rows = plan.chunkCount(chunk);
    long keyBytes = KeyValuePacker.keyBytes(shape, rows);
    long keys = own.buffer(Scratch.PANELS, keyBytes + KeyValuePacker.valueBytes(shape, rows));
    AttentionWork.PackedChunk target =
        new AttentionWork.PackedChunk(chunk * CHUNK, rows, keys, keys + keyBytes);
    pack(plan, head, target, own);
    work.packQueries(call().q);
    if (plan.chunks == 1) {
      long total = own.buffer(Scratch.RESULTS, AttentionWork.resultBytes(shape));
      work.attend(target, total);
      work.finish(total, call().out, call().logSumExp);
    } else {
      work.attend(target, result(plan, head, chunk));
    }
  }

  private long result(SpanPlan plan, int head, int chunk) {
    return plan.results
        + (head * (long) plan.chunks + chunk) * AttentionWork.resultBytes(call().shape);
  }

  private void join(int part) {
    int i = count - 1;
    while (plans.get(i).firstJoinPart > part || plans.get(i).shared() || plans.get(i).chunks == 1) {
      i--;
    }
    SpanPlan plan = plans.get(i);
    int head = part - plan.firstJoinPart;
    AttentionWork work = work(plan, head, 0, scratch.get());
    long total = result(plan, head, 0);
    for (int chunk = 1; chunk < plan.chunks; chunk++) {
      work.join(total, result(plan, head, chunk));
    }
    work.finish(total, call().out, call().logSumExp);
  }
}
