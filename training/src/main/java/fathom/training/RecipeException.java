package fathom.training;

/// A recipe, a data set or a run directory says something that cannot be.
public final class RecipeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /// @param place the key, file or option
  /// @param expected what should be there
  /// @param found what is
  public RecipeException(String place, String expected, String found) {
    super("%s: %s, found %s".formatted(place, expected, found));
  }
}
