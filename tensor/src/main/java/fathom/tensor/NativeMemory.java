package fathom.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// All native memory as one constant segment, for inner loops that work with absolute addresses.
///
/// The JIT folds the bounds and liveness checks of a constant segment of maximal length, which it
/// cannot do for the segment of a matrix. Nothing checks such an access: only kernels use it, after
/// the shapes of all operands have been checked.
public final class NativeMemory {
  /// Every address of the process.
  @SuppressWarnings("restricted")
  public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final long HALF_OF_ALL = Long.MAX_VALUE >>> 1;

  private NativeMemory() {}

  /// The same address, for the JIT: it then knows that the address and an int more lie within
  /// [#ALL], and leaves out the check of every access; without, a quarter of the instructions of a
  /// loop over vectors are such checks.
  public static long known(long address) {
    return address & HALF_OF_ALL;
  }

  /// The float at an address.
  public static float getFloat(long address) {
    return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address);
  }

  /// Stores a float at an address.
  public static void setFloat(long address, float value) {
    ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address, value);
  }

  /// The 16 bits at an address, sign-extended.
  public static short getShort(long address) {
    return ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
  }

  /// The 32 bits at an address.
  public static int getInt(long address) {
    return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
  }

  /// The byte at an address.
  public static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }
}
