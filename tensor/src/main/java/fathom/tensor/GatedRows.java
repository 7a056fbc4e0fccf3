package fathom.tensor;

/// The rows that gated layers work on: how many each layer gets, and which row of the input each
/// is.
///
/// @param groups rows of each layer, one layer's after the other's
/// @param source the input's row of a row
public record GatedRows(RowGroups groups, Source source) {
  /// Row r of the work is row r of the input.
  public static final Source SAME = row -> row;

  /// Which row of the input a row of the work is.
  @FunctionalInterface
  public interface Source {
    /// The input's row.
    int row(int row);
  }

  /// All rows of an input, in their order, for a single layer.
  public static GatedRows all(int rows) {
    RowGroups groups = new RowGroups(1);
    groups.setSizes(rows);
    return new GatedRows(groups, SAME);
  }
}
