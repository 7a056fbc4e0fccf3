package fathom.tensor.x86;

/// Machine code can't be run here; the message names the reason: the system, a missing CPU feature,
/// a refused permission.
public final class UnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// With the reason, in words for the banner.
  public UnavailableException(String reason) {
    super(reason);
  }
}
