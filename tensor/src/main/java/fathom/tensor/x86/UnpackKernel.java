package fathom.tensor.x86;

import static fathom.tensor.x86.BlockReader.D;
import static fathom.tensor.x86.BlockReader.S;
import static fathom.tensor.x86.BlockReader.W;
import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R13;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RBP;
import static fathom.tensor.x86.Register.RBX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Register.RSP;
import static fathom.tensor.x86.Vector.zmm;

import fathom.tensor.DType;
import org.jspecify.annotations.Nullable;

/// Assembles the unpacking of up to 16 rows of quantised weights into a panel of BF16 tiles, the A
/// side of a [TileKernel]. AVX-512.
///
/// ```
/// row r:  [block 0][block 1] …     32 numbers: bytes ─► 2 x 16 float32 ─► q · d + m ─► 32 BF16
///            │        └──► tile 1, row r, 64 bytes
///            └───────────► tile 0, row r, 64 bytes
/// ```
///
/// Rows that come out of a [LaneForm] lie without their blocks' odd 16-bit values, which lie by
/// themselves, those of 16 rows one after the other.
///
/// Arguments: weights, bytes of a row, rows, blocks or super-blocks of a row, destination, and odd
/// values if they lie by themselves.
final class UnpackKernel {
  static final int WEIGHTS = 0, ROW_BYTES = 1, ROWS = 2, RECORDS = 3, TILES = 4, HALVES = 5;
  static final int ARGUMENTS = 6;
  private static final int SCALES = BlockReader.STACK, MINIMA = SCALES + 64;
  private static final int STACK = MINIMA + 64;
  private static final Vector SCALE = zmm(0), HIGH_SCALE = zmm(1), BIAS = zmm(2);
  private static final Vector HIGH_BIAS = zmm(3), LOW = zmm(4), HIGH = zmm(5), OFFSET = zmm(16);

  private final Assembler a = new Assembler();
  private final DType format;
  private final BlockReader reader;
  private final int blocks;

  private final @Nullable LaneForm lanes;
  private final int tileStep;

  /// @param tileStep bytes from a tile to the next one of its panel
  UnpackKernel(DType format, int tileStep) {
    this(format, null, tileStep);
  }

  /// @param lanes the form that the rows come out of
  UnpackKernel(DType format, LaneForm lanes) {
    this(format, lanes, TileKernel.TILE_BYTES);
  }

  private UnpackKernel(DType format, @Nullable LaneForm lanes, int tileStep) {
    this.format = format;
    this.lanes = lanes;
    this.tileStep = tileStep;
    reader = new BlockReader(a, format, (row, offset) -> place(offset), true);
    blocks = format.blockSize() / 32;
  }

  private Memory place(int offset) {
    if (lanes == null) {
      return Memory.at(RSI, offset);
    }
    return offset == lanes.halfAt() ? Memory.at(RBP) : Memory.at(RSI, lanes.inWords(offset));
  }

  Assembler assemble() {
    KernelFrame.enter(a, STACK);
    KernelFrame.argument(a, R8, WEIGHTS);
    KernelFrame.argument(a, R9, ROW_BYTES);
    KernelFrame.argument(a, R12, ROWS);
    KernelFrame.argument(a, R13, TILES);
    KernelFrame.argument(a, RBX, HALVES);
    reader.constants();
    KernelFrame.constant(a, OFFSET, (float) -offset());
    Label row = new Label();
    Label record = new Label();
    a.place(row);
    a.mov(RSI, R8);
    a.mov(R11, R13);
    a.mov(RBP, RBX);
    KernelFrame.argument(a, R10, RECORDS);
    a.place(record);
    prefetch();
    scales();
    for (int block = 0; block < blocks; block++) {
      block(block);
    }
    a.add(RSI, lanes == null ? format.blockBytes() : 4 * lanes.words());
    a.add(RBP, LaneForm.HALF_BYTES);
    a.add(R11, blocks * tileStep);
    a.sub(R10, 1);
    a.jne(record);
    a.add(R8, R9);
    a.add(RBX, 2);
    a.add(R13, TileKernel.TILE_ROW_BYTES);
    a.sub(R12, 1);
    a.jne(row);
    KernelFrame.leave(a, STACK);
    return a;
  }

  /// The same place of the next row but three.
  private void prefetch() {
    a.lea(Register.RCX, Memory.at(RSI, R9, 4));
    for (int line = 0; line < format.blockBytes(); line += 64) {
      a.prefetcht0(Memory.at(Register.RCX, line));
    }
  }

  private int offset() {
    return switch (format) {
      case Q4_0 -> 8;
      case Q5_0 -> 16;
      case Q6_K -> 32;
      default -> 0;
    };
  }

  /// What holds for the whole record: its scale, or the scales and minima of its blocks on the
  /// stack.
  private void scales() {
    switch (format) {
      case Q8_0, Q4_0, Q5_0 -> {
        half(SCALE, reader.scale(0));
        a.vmulps(BIAS, SCALE, OFFSET);
      }
      case Q4_1, Q5_1 -> {
        half(SCALE, reader.scale(0));
        half(BIAS, reader.minimum(0));
      }
      case Q6_K -> {
        reader.signedScales(0);
        reader.half(S, reader.scale(0));
        a.vmulps(W, W, S);
        a.vmulps(D, D, S);
        a.vmovups(Memory.at(RSP, SCALES), W);
        a.vmovups(Memory.at(RSP, SCALES + 32), D);
      }
      default -> {
        reader.scalesAndMinima(0);
        reader.half(S, reader.scale(0));
        reader.scaled(W, S);
        a.vmovups(Memory.at(RSP, SCALES), W);
        reader.half(S, reader.minimum(0));
        reader.scaled(D, S);
        a.vxorps(W, W, W);
        a.vsubps(D, W, D);
        a.vmovups(Memory.at(RSP, MINIMA), D);
      }
    }
  }

  private void half(Vector to, Memory from) {
    a.vpbroadcastw(to.y(), from);
    a.vcvtph2ps(to, to.y());
  }

  private void block(int block) {
    reader.bytes(0, block);
    Vector highScale = SCALE;
    Vector highBias = BIAS;
    if (format == DType.Q6_K) {
      a.vbroadcastss(SCALE, Memory.at(RSP, SCALES + 8 * block));
      a.vbroadcastss(HIGH_SCALE, Memory.at(RSP, SCALES + 8 * block + 4));
      a.vmulps(BIAS, SCALE, OFFSET);
      a.vmulps(HIGH_BIAS, HIGH_SCALE, OFFSET);
      highScale = HIGH_SCALE;
      highBias = HIGH_BIAS;
    } else if (blocks == 8) {
      a.vbroadcastss(SCALE, Memory.at(RSP, SCALES + 4 * block));
      a.vbroadcastss(BIAS, Memory.at(RSP, MINIMA + 4 * block));
    }
    widen(LOW, W.x());
    a.vextracti128(W.x(), W, 1);
    widen(HIGH, W.x());
    a.vfmadd213ps(LOW, SCALE, BIAS);
    a.vfmadd213ps(HIGH, highScale, highBias);
    a.vcvtne2ps2bf16(LOW, HIGH, LOW);
    a.vmovups(Memory.at(R11, block * tileStep), LOW);
  }

  private void widen(Vector to, Vector bytes) {
    if (format == DType.Q8_0) {
      a.vpmovsxbd(to, bytes);
    } else {
      a.vpmovzxbd(to, bytes);
    }
    a.vcvtdq2ps(to, to);
  }
}
