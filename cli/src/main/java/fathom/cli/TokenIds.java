package fathom.cli;

/// Token ids on the command line: numbers with commas or white space between them.
final class TokenIds {
  private static final int MAX_IDS = 1 << 24;

  private TokenIds() {}

  static int[] parse(String text) {
    String[] parts = text.strip().split("[,\\s]+", MAX_IDS);
    int[] ids = new int[parts.length];
    for (int i = 0; i < ids.length; i++) {
      try {
        ids[i] = Integer.parseUnsignedInt(parts[i]);
      } catch (NumberFormatException e) {
        throw new UsageException(
            "token ids: expected numbers such as 1,2,3, found '%s' in place %d"
                .formatted(parts[i], i + 1));
      }
    }
    return ids;
  }
}
