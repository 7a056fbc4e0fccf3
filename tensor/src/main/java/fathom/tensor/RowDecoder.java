package fathom.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.Map;

/// Decodes pieces of weight rows into native float32 memory, as [Codec] does, but in vectors.
///
/// Values equal those of the codec (a zero may have the other sign). Stateless; shared by threads.
abstract class RowDecoder {
  /// Numbers that a decoder may put into the heap scratch at once.
  static final int HEAP_SCRATCH = 256;

  /// Decodes `count` numbers, a whole number of blocks, from address `source` to address `target`.
  abstract void decode(long source, long target, int count, float[] heapScratch);

  static RowDecoder of(DType type) {
    return switch (type) {
      case F32, F16, BF16, F8_E4M3 -> PlainDecoder.of(type);
      case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 -> LegacyDecoder.of(type);
      case Q4_K -> SuperBlockDecoder.Q4_K;
      case Q5_K -> SuperBlockDecoder.Q5_K;
      case Q6_K -> SuperBlockDecoder.Q6_K;
      default -> ByCodec.of(type);
    };
  }

  /// Decodes `count` numbers of one row of `w` from `column` on, FP8 scales included. `column` must
  /// be a multiple of 256, and `count` too unless the row ends.
  static void decodeRow(WeightMatrix w, int row, int column, int count, Target target) {
    long source = w.rowAddress(row) + w.type().bytes(column);
    of(w.type()).decode(source, target.address, count, target.heapScratch);
    Fp8Blocks scales = w.scales();
    if (scales != null) {
      for (int i = 0; i < count; i += Fp8Blocks.SIZE) {
        int end = Math.min(i + Fp8Blocks.SIZE, count);
        PlainDecoder.scale(target.address + 4L * i, end - i, scales.scale(row, column + i));
      }
    }
  }

  /// Where decoded numbers go.
  static final class Target {
    long address;
    final float[] heapScratch = new float[HEAP_SCRATCH];
  }

  /// The formats without a vector decoder: block by block through the codec.
  private static final class ByCodec extends RowDecoder {
    private static final Map<DType, ByCodec> ALL = all();

    private final Codec codec;
    private final int blockSize;
    private final int blockBytes;

    private ByCodec(DType type) {
      codec = Codec.of(type);
      blockSize = type.blockSize();
      blockBytes = type.blockBytes();
    }

    private static Map<DType, ByCodec> all() {
      Map<DType, ByCodec> decoders = new EnumMap<>(DType.class);
      for (DType type : DType.values()) {
        switch (type) {
          case F64, I8, I16, I32, I64, U8, BOOL -> {}
          default -> decoders.put(type, new ByCodec(type));
        }
      }
      return decoders;
    }

    static RowDecoder of(DType type) {
      RowDecoder decoder = ALL.get(type);
      if (decoder == null) {
        throw new IllegalArgumentException("decoder: expected a format of weights, found " + type);
      }
      return decoder;
    }

    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      long at = source;
      for (int i = 0; i < count; i += blockSize) {
        codec.dequantize(NativeMemory.ALL, at, heapScratch, 0, blockSize);
        MemorySegment.copy(
            heapScratch,
            0,
            NativeMemory.ALL,
            ValueLayout.JAVA_FLOAT_UNALIGNED,
            target + 4L * i,
            blockSize);
        at += blockBytes;
      }
    }
  }
}
