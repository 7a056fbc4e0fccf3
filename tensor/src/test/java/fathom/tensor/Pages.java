package fathom.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A key/value store in pages that lie anywhere, as the cache's blocks do.
public record Pages(DType type, int pageRows, long rowBytes, List<MemorySegment> pages)
    implements KeyValueRows {
  /// The rows of a matrix in pages; `gap` numbers are unused behind each row.
  public static Pages of(Matrix rows, DType type, int pageRows, int gap) {
    long rowBytes = type.bytes(rows.columns() + gap);
    List<MemorySegment> pages = new ArrayList<>();
    for (int first = 0; first < rows.rows(); first += pageRows) {
      MemorySegment page = Arena.ofAuto().allocate(pageRows * rowBytes, 64);
      page.fill((byte) 0xff);
      for (int r = 0; r < pageRows && first + r < rows.rows(); r++) {
        Codec.of(type).quantize(rows.toArray(first + r), 0, rows.columns(), page, r * rowBytes);
      }
      pages.add(page);
    }
    return new Pages(type, pageRows, rowBytes, pages);
  }

  @Override
  public long pageAddress(int page) {
    return pages.get(page).address();
  }
}
