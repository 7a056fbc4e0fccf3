package fathom.model;

import fathom.tensor.AttentionSpan;
import fathom.tensor.Kernels;
import fathom.tensor.KeyValueRows;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What belongs to one step and to no layer: the tape, the rows' positions, and where their
/// attention looks. A step is either *cached*, over the spans of a batch whose keys and values lie
/// in cache blocks, or *packed*, over whole sequences that lie one after the other and attend to
/// themselves alone. Reused from step to step.
final class Step {
  private final Tape tape;
  private final List<AttentionSpan> attentionSpans = new ArrayList<>();
  private final List<AttentionSpan> spanPool = new ArrayList<>();
  private int[] positions = new int[0];
  private List<Span> spans = List.of();
  private @Nullable Packing packing;
  private @Nullable ForwardObserver observer;
  private @Nullable RouterStatistics statistics;
  private boolean counted = true;

  Step(Tape tape) {
    this.tape = tape;
  }

  /// A step over cached sequences.
  void startCached(StepBatch batch, @Nullable ForwardObserver newObserver) {
    spans = batch.spans();
    packing = null;
    observer = newObserver;
    resizePositions(batch.rows());
    for (int i = 0; i < spans.size(); i++) {
      Span span = spans.get(i);
      for (int row = 0; row < span.rows(); row++) {
        positions[span.firstRow() + row] = span.startPosition() + row;
      }
    }
  }

  /// A step over whole sequences.
  void startPacked(Packing newPacking, @Nullable RouterStatistics newStatistics) {
    spans = List.of();
    packing = newPacking;
    observer = null;
    statistics = newStatistics;
    resizePositions(newPacking.rows());
    for (int sequence = 0; sequence < newPacking.sequences(); sequence++) {
      for (int row = newPacking.start(sequence); row < newPacking.end(sequence); row++) {
        positions[row] = row - newPacking.start(sequence);
      }
    }
  }

  private void resizePositions(int rows) {
    if (positions.length != rows || tape.isRecording()) {
      positions = new int[rows];
    }
  }

  /// The same step of the same packed sequences on another tape.
  Step on(Tape other) {
    Step step = new Step(other);
    step.positions = positions;
    step.packing = packing;
    step.statistics = statistics;
    return step;
  }

  /// The same, when its experts have been counted before.
  Step withoutCounting(Tape other) {
    Step step = on(other);
    step.counted = false;
    return step;
  }

  /// Whether the experts that routers choose in this step are to be counted.
  boolean isCounted() {
    return counted;
  }

  Tape tape() {
    return tape;
  }

  Kernels kernels() {
    return tape.kernels();
  }

  /// Position of each row in its sequence.
  int[] positions() {
    return positions;
  }

  /// The spans of a cached step.
  List<Span> spans() {
    return spans;
  }

  /// The sequences of a packed step, or null if the step is cached.
  @Nullable Packing packing() {
    return packing;
  }

  /// Where routers leave loads and balance losses, or null if nobody wants them.
  @Nullable RouterStatistics statistics() {
    return statistics;
  }

  @Nullable ForwardObserver observer() {
    return observer;
  }

  /// Begins the list of one attention operation's spans: empty, and always the same.
  List<AttentionSpan> attentionSpans() {
    attentionSpans.clear();
    return attentionSpans;
  }

  /// Adds a span to that list: the rows of `span`, counted from `firstRow` on, looking at `stored`.
  void addAttentionSpan(Span span, int firstRow, KeyValueRows stored) {
    int index = attentionSpans.size();
    int row = span.firstRow() - firstRow;
    if (index == spanPool.size()) {
      spanPool.add(new AttentionSpan(row, span.rows(), span.startPosition(), stored));
    }
    AttentionSpan attentionSpan = spanPool.get(index);
    attentionSpan.set(row, span.rows(), span.startPosition(), stored);
    attentionSpans.add(attentionSpan);
  }
}
