package fathom.generation;

import fathom.model.Span;
import fathom.model.StepBatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The arrays of a model's step, filled again for each: as long as the number of rows stays the
/// same, the same objects serve.
final class StepInput {
  private int[] ids = new int[0];
  private int[] outputRows = new int[0];
  private final List<Span> spans = new ArrayList<>();
  private @Nullable StepBatch batch;
  private int row;
  private int output;

  /// Begins a step of this size.
  void begin(int rows, int outputs) {
    if (ids.length != rows) {
      ids = new int[rows];
      batch = null;
    }
    if (outputRows.length != outputs) {
      outputRows = new int[outputs];
      batch = null;
    }
    spans.clear();
    row = 0;
    output = 0;
  }

  /// The row that the next id gets.
  int row() {
    return row;
  }

  void add(int id) {
    ids[row++] = id;
  }

  /// Asks for the logits of the row added last.
  void wantLogits() {
    outputRows[output++] = row - 1;
  }

  /// Ends the span of the ids added since `firstRow`.
  void end(Span span, int firstRow, int startPosition) {
    span.move(firstRow, row - firstRow, startPosition);
    spans.add(span);
  }

  /// The step.
  StepBatch batch() {
    StepBatch ready = batch;
    if (ready == null) {
      ready = new StepBatch(ids, spans, outputRows);
      batch = ready;
    } else {
      ready.check();
    }
    return ready;
  }
}
