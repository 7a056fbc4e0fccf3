package fathom.tensor;

/// Rows of a matrix in consecutive groups, one for each expert: group `g` has the rows from
/// `start(g)` to `start(g + 1)`. Reusable: filled anew in each step.
public final class RowGroups {
  private final int[] starts;

  /// `groups` empty groups.
  public RowGroups(int groups) {
    starts = new int[groups + 1];
  }

  /// Number of groups, empty ones included.
  public int groups() {
    return starts.length - 1;
  }

  /// First row of a group; of the group after the last: the number of rows.
  public int start(int group) {
    return starts[group];
  }

  /// Rows in a group.
  public int size(int group) {
    return starts[group + 1] - starts[group];
  }

  /// Rows in all groups.
  public int rows() {
    return starts[groups()];
  }

  /// Sets the sizes of all groups; the groups then lie one after the other from row 0.
  public void setSizes(int... sizes) {
    if (sizes.length != groups()) {
      throw new IllegalArgumentException(
          "row groups: expected %d sizes, found %d".formatted(groups(), sizes.length));
    }
    for (int group = 0; group < sizes.length; group++) {
      starts[group + 1] = starts[group] + sizes[group];
    }
  }
}
