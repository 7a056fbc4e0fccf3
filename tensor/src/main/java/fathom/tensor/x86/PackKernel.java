package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R13;
import static fathom.tensor.x86.Register.R14;
import static fathom.tensor.x86.Register.R15;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RAX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Vector.zmm;

import fathom.tensor.DType;

/// Assembles the packing of up to 16 rows of plain numbers (F32, F16, BF16, FP8) into a panel of
/// BF16 tiles, the A side of a [TileKernel]; the last tile is filled up with zeros. AVX-512.
///
/// Arguments: source, bytes of a row, rows, whole tiles of a row, lanes of the last tile as a mask
/// of 32 bits (0: there is none), destination, and for FP8 the scales of this row's blocks of 128
/// columns.
final class PackKernel {
  static final int SOURCE = 0, ROW_BYTES = 1, ROWS = 2, STEPS = 3, LAST = 4, TILES = 5, SCALES = 6;
  static final int ARGUMENTS = 7;

  private static final Mask LOW_LANES = new Mask(1), HIGH_LANES = new Mask(2);
  private static final Mask ALL_LANES = new Mask(3);
  private static final Vector LOW = zmm(0), HIGH = zmm(1), WORDS = zmm(2), SIGN = zmm(3);
  private static final Vector MAGNITUDES = zmm(16), ONE = zmm(17), NAN_BITS = zmm(18);
  private static final Vector SIGNS = zmm(19), ZERO = zmm(20), SCALE = zmm(21), BIAS = zmm(22);

  private final Assembler a = new Assembler();
  private final DType format;
  private final int tileStep;

  /// @param tileStep bytes from a tile to the next one of its panel
  PackKernel(DType format, int tileStep) {
    this.format = format;
    this.tileStep = tileStep;
  }

  static boolean packs(DType format) {
    return switch (format) {
      case F32, F16, BF16, F8_E4M3 -> true;
      default -> false;
    };
  }

  Assembler assemble() {
    KernelFrame.enter(a, 0);
    KernelFrame.argument(a, R8, SOURCE);
    KernelFrame.argument(a, R9, ROW_BYTES);
    KernelFrame.argument(a, R12, ROWS);
    KernelFrame.argument(a, R13, TILES);
    KernelFrame.argument(a, R14, LAST);
    if (format == DType.F8_E4M3) {
      fp8Constants();
    }
    Label row = new Label();
    Label step = new Label();
    Label last = new Label();
    Label endOfRow = new Label();
    a.place(row);
    a.mov(RSI, R8);
    a.mov(R11, R13);
    a.mov(RAX, 0xffffffffL);
    masks();
    KernelFrame.argument(a, R15, SCALES);
    KernelFrame.argument(a, R10, STEPS);
    a.test(R10, R10);
    a.je(last);
    a.place(step);
    tile();
    a.add(RSI, 32 * format.blockBytes());
    a.add(R11, tileStep);
    a.sub(R10, 1);
    a.jne(step);
    a.place(last);
    a.test(R14, R14);
    a.je(endOfRow);
    a.mov(RAX, R14);
    masks();
    tile();
    a.place(endOfRow);
    a.add(R8, R9);
    a.add(R13, TileKernel.TILE_ROW_BYTES);
    a.sub(R12, 1);
    a.jne(row);
    KernelFrame.leave(a, 0);
    return a;
  }

  private void masks() {
    a.kmovd(ALL_LANES, RAX);
    a.kmovd(LOW_LANES, RAX);
    a.shr(RAX, 16);
    a.kmovd(HIGH_LANES, RAX);
  }

  private void tile() {
    Memory from = Memory.at(RSI);
    switch (format) {
      case F32 -> {
        a.vmovups(LOW.zeroed(LOW_LANES), from);
        a.vmovups(HIGH.zeroed(HIGH_LANES), from.plus(64));
        a.vcvtne2ps2bf16(LOW, HIGH, LOW);
      }
      case BF16 -> a.vmovdqu16(LOW.zeroed(ALL_LANES), from);
      case F16 -> {
        a.vmovdqu16(WORDS.zeroed(ALL_LANES), from);
        widen();
        a.vcvtne2ps2bf16(LOW, HIGH, LOW);
      }
      default -> fp8(from);
    }
    a.vmovups(Memory.at(R11), LOW);
  }

  private void widen() {
    a.vcvtph2ps(LOW, WORDS.y());
    a.vextracti64x4(WORDS, WORDS, 1);
    a.vcvtph2ps(HIGH, WORDS.y());
  }

  private void fp8Constants() {
    KernelFrame.constant(a, MAGNITUDES, 0x007f007f);
    KernelFrame.constant(a, ONE, 0x00010001);
    KernelFrame.constant(a, NAN_BITS, 0x7c007c00);
    KernelFrame.constant(a, SIGNS, 0x80008000);
    KernelFrame.constant(a, BIAS, 256f);
    a.vpxor(ZERO, ZERO, ZERO);
  }

  /// E4M3 has F16's layout but for the width of its parts: its bits moved up by seven are an F16
  /// number 2^8 times too small; only 0x7f, its NaN, needs an exponent of its own.
  private void fp8(Memory from) {
    a.vpmovzxbw(WORDS.zeroed(ALL_LANES), from);
    a.vpsllw(SIGN, WORDS, 8);
    a.vpand(WORDS, WORDS, MAGNITUDES);
    a.vpaddw(HIGH, WORDS, ONE);
    a.vpsrlw(HIGH, HIGH, 7);
    a.vpsubw(HIGH, ZERO, HIGH);
    a.vpand(HIGH, HIGH, NAN_BITS);
    a.vpsllw(WORDS, WORDS, 7);
    a.vpor(WORDS, WORDS, HIGH);
    a.vpand(SIGN, SIGN, SIGNS);
    a.vpor(WORDS, WORDS, SIGN);
    widen();
    fp8Scale();
    a.vmulps(LOW, LOW, SCALE);
    a.vmulps(HIGH, HIGH, SCALE);
    a.vcvtne2ps2bf16(LOW, HIGH, LOW);
  }

  /// The scale of column block (tile / 4), times 2^8: r15 points at the first one, r11 - r13 is the
  /// tile times its step.
  private void fp8Scale() {
    a.mov(RAX, R11);
    a.sub(RAX, R13);
    a.shr(RAX, 2 + Integer.numberOfTrailingZeros(tileStep));
    a.vbroadcastss(SCALE, Memory.at(R15, RAX, 4));
    a.vmulps(SCALE, SCALE, BIAS);
  }
}
