package fathom.tensor.x86;

import fathom.tensor.Matrix;
import fathom.tensor.Workers;

/// Shares the rows of `y = silu(gate) · up` among the threads: a part is as many rows as make some
/// ten thousand numbers.
final class SiluMulTask implements Workers.Task {
  private static final int NUMBERS_IN_A_PART = 16384;

  private final KernelSet kernels;
  private final Place gate = new Place();
  private final Place up = new Place();
  private final Place y = new Place();
  private int rows;
  private int columns;
  private int rowsInAPart = 1;

  SiluMulTask(KernelSet kernels) {
    this.kernels = kernels;
  }

  void run(Workers workers, Matrix newGate, Matrix newUp, Matrix newY) {
    gate.set(newGate);
    up.set(newUp);
    y.set(newY);
    rows = newY.rows();
    columns = newY.columns();
    rowsInAPart = Math.max(1, NUMBERS_IN_A_PART / columns);
    workers.run((rows + rowsInAPart - 1) / rowsInAPart, this);
  }

  @Override
  public void run(int part) {
    int first = part * rowsInAPart;
    Scratch scratch = kernels.scratch();
    gate.pass(first, SiluMulKernel.GATE, scratch);
    up.pass(first, SiluMulKernel.UP, scratch);
    y.pass(first, SiluMulKernel.Y, scratch);
    scratch.set(SiluMulKernel.ROWS, Math.min(rowsInAPart, rows - first));
    scratch.set(SiluMulKernel.STEPS, columns / 16);
    scratch.set(SiluMulKernel.LAST, (1L << columns % 16) - 1);
    scratch.call(kernels.siluMul());
  }

  /// Where a matrix begins, and how far its rows are apart.
  private static final class Place {
    private long address;
    private long rowBytes;

    void set(Matrix m) {
      address = m.address();
      rowBytes = 4L * m.stride();
    }

    /// Passes the place of a row, and in the argument behind it the distance to the next.
    void pass(int row, int argument, Scratch scratch) {
      scratch.set(argument, address + row * rowBytes);
      scratch.set(argument + 1, rowBytes);
    }
  }
}
