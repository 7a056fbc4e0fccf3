package fathom.tensor.x86;

import java.util.ArrayList;
import java.util.List;

/// A place in the code that jumps lead to; may be used before it is placed.
final class Label {
  private static final int UNPLACED = -1;

  private int position = UNPLACED;
  private final List<Integer> waiting = new ArrayList<>();

  boolean isPlaced() {
    return position != UNPLACED;
  }

  int position() {
    return position;
  }

  /// Positions of the 32-bit distances to fill in once the label is placed.
  List<Integer> waiting() {
    return waiting;
  }

  void place(int newPosition) {
    if (isPlaced()) {
      throw new IllegalStateException("label: placed twice, at " + position + ", " + newPosition);
    }
    position = newPosition;
  }
}
