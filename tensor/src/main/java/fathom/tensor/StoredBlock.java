package fathom.tensor;

import java.lang.foreign.MemorySegment;

/// Some consecutive rows of a key/value store as one head's float32 keys and values, and the scores
/// of queries against the keys.
///
/// Blocks begin at multiples of [#ROWS], whatever the length of the store's pages. Float32 rows
/// within one page are read where they are; others are decoded. Keys are padded with zeros to whole
/// vectors, and so must queries be.
final class StoredBlock {
  /// Rows in a block.
  static final int ROWS = 64;

  /// Rows that exist in this block.
  int count;

  /// Address of the first key, and bytes from one to the next.
  long keys;

  long keyStride;

  /// Address of the first value, and bytes from one to the next.
  long values;

  long valueStride;

  private int keyDim;
  private int valueDim;
  private int firstKey;
  private int firstValue;

  /// Columns of a padded key.
  static int padded(int dim) {
    return (dim + Lanes.LENGTH - 1) & -Lanes.LENGTH;
  }

  /// Says which columns are wanted.
  void setHead(AttentionShape shape, int keyValueHead) {
    keyDim = shape.keyDim();
    valueDim = shape.valueDim();
    firstKey = keyValueHead * keyDim;
    firstValue = shape.valueOffset() + keyValueHead * valueDim;
  }

  /// Provides the rows from `first` on, a multiple of [#ROWS], to `end`.
  void provide(KeyValueRows store, int first, int end, Scratch scratch) {
    count = Math.min(ROWS, end - first);
    int inPage = first % store.pageRows();
    boolean onePage = inPage + count <= store.pageRows();
    if (store.type() == DType.F32 && onePage && padded(keyDim) == keyDim) {
      long rows = store.pageAddress(first / store.pageRows()) + inPage * store.rowBytes();
      keys = rows + 4L * firstKey;
      values = rows + 4L * firstValue;
      keyStride = store.rowBytes();
      valueStride = store.rowBytes();
      return;
    }
    keyStride = 4L * padded(keyDim);
    keys = scratch.buffer(Scratch.Buffer.ROWS, ROWS * keyStride);
    boolean valuesInKeys = firstValue >= firstKey && firstValue + valueDim <= firstKey + keyDim;
    valueStride = valuesInKeys ? keyStride : 4L * valueDim;
    values =
        valuesInKeys
            ? keys + 4L * (firstValue - firstKey)
            : scratch.buffer(Scratch.Buffer.VALUES, ROWS * valueStride);
    for (int i = 0; i < count; i++) {
      int row = first + i;
      long from =
          store.pageAddress(row / store.pageRows()) + row % store.pageRows() * store.rowBytes();
      decode(store.type(), from, firstKey, keyDim, keys + i * keyStride, scratch);
      VectorRows.zero(keys + i * keyStride + 4L * keyDim, padded(keyDim) - keyDim);
      if (!valuesInKeys) {
        decode(store.type(), from, firstValue, valueDim, values + i * valueStride, scratch);
      }
    }
  }

  private static void decode(
      DType type, long row, int column, int columns, long target, Scratch scratch) {
    long from = row + (long) column * type.blockBytes();
    if (type == DType.F32) {
      MemorySegment.copy(NativeMemory.ALL, from, NativeMemory.ALL, target, 4L * columns);
    } else {
      RowDecoder.of(type).decode(from, target, columns, scratch.decoded.heapScratch);
    }
  }

  /// Dot products of `queries` rows at address `rows`, padded like the keys, with all keys: to
  /// `scores`, [#ROWS] floats a query; those beyond [#count] are undefined.
  void scores(long rows, int queries, long scores, Scratch scratch) {
    DotTile dot = scratch.dot;
    dot.bytes = 4 * padded(keyDim);
    dot.weightStride = keyStride;
    dot.inputs = rows;
    dot.inputStride = dot.bytes;
    products(keys, queries, scores, scratch);
  }

  /// Dot products of `gradients` rows at address `rows`, padded, with all values.
  void valueProducts(long rows, int gradients, long products, Scratch scratch) {
    DotTile dot = scratch.dot;
    dot.bytes = 4 * Lanes.whole(valueDim);
    dot.weightStride = valueStride;
    dot.inputs = rows;
    dot.inputStride = 4L * padded(valueDim);
    products(values, gradients, products, scratch);
    for (int i = 0; i < gradients && Lanes.whole(valueDim) < valueDim; i++) {
      addTail(rows + i * dot.inputStride, products + 4L * i * ROWS);
    }
  }

  private void addTail(long gradient, long products) {
    for (int j = 0; j < count; j++) {
      float sum = NativeMemory.getFloat(products + 4L * j);
      for (int i = Lanes.whole(valueDim); i < valueDim; i++) {
        float value = NativeMemory.getFloat(values + j * valueStride + 4L * i);
        sum = Math.fma(NativeMemory.getFloat(gradient + 4L * i), value, sum);
      }
      NativeMemory.setFloat(products + 4L * j, sum);
    }
  }

  private void products(long rows, int inputs, long target, Scratch scratch) {
    DotTile dot = scratch.dot;
    dot.sumStride = Lanes.LENGTH * Lanes.BYTES;
    dot.sums = scratch.buffer(Scratch.Buffer.SUMS, inputs * dot.sumStride);
    for (int j = 0; j < count; j += Lanes.LENGTH) {
      VectorRows.zero(dot.sums, inputs * dot.sumStride / Float.BYTES);
      dot.weights = rows + j * dot.weightStride;
      dot.run(Math.min(Lanes.LENGTH, count - j), inputs);
      for (int i = 0; i < inputs; i++) {
        Lanes.sumEach(dot.sums + i * dot.sumStride, target + 4L * (i * ROWS + j));
      }
    }
  }
}
