package fathom.tensor.x86;

import static fathom.tensor.x86.BlockReader.D;
import static fathom.tensor.x86.BlockReader.E;
import static fathom.tensor.x86.BlockReader.S;
import static fathom.tensor.x86.BlockReader.W;

import fathom.tensor.DType;

/// One record of a [DecodeKernel]: bytes times bytes, sums times scales, into the accumulators.
final class DotBlocks {
  private static final int FIRST_4 = 0, LAST_4 = 32, PAIRS = 64;

  private final DecodeKernel kernel;
  private final Assembler a;
  private final BlockReader reader;

  DotBlocks(DecodeKernel kernel) {
    this.kernel = kernel;
    a = kernel.a;
    reader = new BlockReader(a, kernel.format, kernel::weight, kernel.tier == Tier.AVX2);
  }

  void constants() {
    reader.constants();
    place(FIRST_4, 0, 0, 1, 1, 2, 2, 3, 3);
    place(LAST_4, 4, 4, 5, 5, 6, 6, 7, 7);
    place(PAIRS, 0, 0, 0, 0, 1, 1, 1, 1);
  }

  private void place(int offset, int... indices) {
    KernelFrame.table(a, W, DecodeKernel.INDICES + offset, KernelFrame.bytes(indices));
  }

  void record() {
    if (kernel.layout.blocks() == 1) {
      for (int row = 0; row < kernel.rows; row++) {
        smallBlock(row);
      }
      return;
    }
    for (int row = 0; row < kernel.rows; row++) {
      if (kernel.format == DType.Q6_K) {
        signedScales(row);
      } else {
        scalesAndMinima(row);
      }
    }
    for (int block = 0; block < 8; block++) {
      for (int row = 0; row < kernel.rows; row++) {
        reader.bytes(row, block);
        multiply(row, block);
      }
    }
  }

  private void smallBlock(int row) {
    reader.bytes(row, 0);
    kernel.half(S, reader.scale(row));
    for (int token = 0; token < kernel.tokens; token++) {
      kernel.dot(token, 0);
      a.vbroadcastss(E, kernel.activation(token, kernel.layout.scales()));
      a.vmulps(E, E, S);
      a.vfmadd231ps(kernel.accumulator(row, token), D, E);
    }
    if (kernel.format == DType.Q4_1 || kernel.format == DType.Q5_1) {
      kernel.half(S, reader.minimum(row));
      for (int token = 0; token < kernel.tokens; token++) {
        a.vbroadcastss(E, kernel.activation(token, kernel.layout.sums()));
        a.vfmadd231ps(kernel.accumulator(row, token), S, E);
      }
    }
  }

  private void multiply(int row, int block) {
    for (int token = 0; token < kernel.tokens; token++) {
      kernel.dot(token, block);
      if (kernel.format == DType.Q6_K) {
        a.vbroadcastsd(E, kernel.scales(row, token, 8 * block));
        a.vmovups(S, Memory.at(Register.RSP, DecodeKernel.INDICES + PAIRS));
        a.vpermps(E, S, E);
      } else {
        a.vbroadcastss(E, kernel.scales(row, token, 4 * block));
      }
      a.vfmadd231ps(kernel.accumulator(row, token), D, E);
    }
  }

  /// Scales of the eight blocks times both `d` to the stack; minima times the activations' sums off
  /// the accumulators.
  private void scalesAndMinima(int row) {
    reader.scalesAndMinima(row);
    kernel.half(S, reader.scale(row));
    reader.scaled(W, S);
    for (int token = 0; token < kernel.tokens; token++) {
      a.vmulps(E, W, kernel.activation(token, kernel.layout.scales()));
      a.vmovups(kernel.scales(row, token, 0), E);
    }
    kernel.half(S, reader.minimum(row));
    reader.scaled(D, S);
    for (int token = 0; token < kernel.tokens; token++) {
      a.vfnmadd231ps(
          kernel.accumulator(row, token), D, kernel.activation(token, kernel.layout.sums()));
    }
  }

  private void signedScales(int row) {
    reader.signedScales(row);
    kernel.half(S, reader.scale(row));
    a.vmulps(W, W, S);
    a.vmulps(D, D, S);
    for (int token = 0; token < kernel.tokens; token++) {
      signedScales(row, token, FIRST_4, W);
      signedScales(row, token, LAST_4, D);
    }
  }

  /// Each activation scale serves two scales of 16 weights.
  private void signedScales(int row, int token, int half, Vector weights) {
    a.vmovups(E, Memory.at(Register.RSP, DecodeKernel.INDICES + half));
    a.vpermps(E, E, kernel.activation(token, kernel.layout.scales()));
    a.vmulps(E, E, weights);
    a.vmovups(kernel.scales(row, token, half), E);
  }
}
