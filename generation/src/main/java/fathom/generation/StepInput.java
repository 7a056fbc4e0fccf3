package fathom.generation;

import fathom.model.Span;
import fathom.model.StepBatch;
import java.util.ArrayList;
import java.util.List;

/// The arrays of a model's step, filled again for each. A few sizes are kept, so that steady
/// decoding makes no garbage even when the number of rows goes to and fro, as it does with drafts.
final class StepInput {
  private static final int SIZES = 16;

  private final List<Size> sizes = new ArrayList<>();
  private final List<Span> spans = new ArrayList<>();
  private Size current = new Size(0, 0);
  private int replaced;
  private int row;
  private int output;

  /// The arrays of one size, and the step over them once there was one.
  private static final class Size {
    private final int[] ids;
    private final int[] outputRows;
    private final List<StepBatch> batch = new ArrayList<>(1);

    Size(int rows, int outputs) {
      ids = new int[rows];
      outputRows = new int[outputs];
    }
  }

  /// Begins a step of this size.
  void begin(int rows, int outputs) {
    current = size(rows, outputs);
    spans.clear();
    row = 0;
    output = 0;
  }

  private Size size(int rows, int outputs) {
    for (int i = 0; i < sizes.size(); i++) {
      Size size = sizes.get(i);
      if (size.ids.length == rows && size.outputRows.length == outputs) {
        return size;
      }
    }
    Size fresh = new Size(rows, outputs);
    if (sizes.size() < SIZES) {
      sizes.add(fresh);
    } else {
      sizes.set(replaced, fresh);
      replaced = (replaced + 1) % SIZES;
    }
    return fresh;
  }

  /// The row that the next id gets.
  int row() {
    return row;
  }

  void add(int id) {
    current.ids[row++] = id;
  }

  /// Asks for the logits of the row added last.
  void wantLogits() {
    current.outputRows[output++] = row - 1;
  }

  /// Ends the span of the ids added since `firstRow`.
  void end(Span span, int firstRow, int startPosition) {
    span.move(firstRow, row - firstRow, startPosition);
    spans.add(span);
  }

  /// The step.
  StepBatch batch() {
    if (current.batch.isEmpty()) {
      current.batch.add(new StepBatch(current.ids, spans, current.outputRows));
    } else {
      current.batch.getFirst().check();
    }
    return current.batch.getFirst();
  }
}
