package fathom.model;

import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.RowBlocks;
import fathom.tensor.RowStorage;
import fathom.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;

/// Values of a tape, put away in less memory; [#restore()] puts them back to where they were.
final class StoredValues {
  /// One value and where it is kept.
  private record Stored(Matrix value, RowStorage storage, long address) {
    long kept(int row) {
      return address + row * storage.bytes(value.columns());
    }
  }

  private final Kernels kernels;
  private final List<Stored> stored = new ArrayList<>();

  private StoredValues(Kernels kernels) {
    this.kernels = kernels;
  }

  /// Stores all variables of a tape but two, each in its own form, in memory of `kept`.
  ///
  /// @param input is left out
  /// @param output is left out
  static StoredValues of(Tape tape, Variable input, Variable output, Workspace kept) {
    StoredValues values = new StoredValues(tape.kernels());
    for (Variable variable : tape.variables()) {
      if (variable.isView() || variable == input || variable == output) {
        continue;
      }
      Matrix value = variable.value();
      RowStorage storage = variable.storage();
      long bytes = value.rows() * storage.bytes(value.columns());
      int floats = Math.toIntExact(Math.ceilDiv(bytes, Float.BYTES));
      values.store(new Stored(value, storage, kept.matrix(1, floats).address()));
    }
    return values;
  }

  private void store(Stored one) {
    Matrix value = one.value;
    RowBlocks.forEach(
        kernels.workers(),
        value.rows(),
        value.columns(),
        row -> one.storage.encode(value.rowAddress(row), value.columns(), one.kept(row)));
    stored.add(one);
  }

  /// Gives all values back, as exact as they were stored.
  void restore() {
    for (Stored one : stored) {
      Matrix value = one.value;
      RowBlocks.forEach(
          kernels.workers(),
          value.rows(),
          value.columns(),
          row -> one.storage.decode(one.kept(row), value.columns(), value.rowAddress(row)));
    }
  }
}
