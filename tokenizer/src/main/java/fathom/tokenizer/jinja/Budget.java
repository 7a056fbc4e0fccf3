package fathom.tokenizer.jinja;

/// What a rendering may still cost. Every step, every loop and every string built is charged, so
/// that a hostile template ends with an error after about a second instead of never, and cannot
/// fill the memory.
final class Budget {
  private static final long STEPS = 20_000_000;
  private static final int LONGEST_TEXT = 1 << 24;
  private static final int LONGEST_LIST = 1 << 20;
  private static final int DEEPEST_CALL = 50;
  private static final int CHARACTERS_PER_STEP = 16;

  private long steps = STEPS;
  private int calls;

  void step() {
    charge(1);
  }

  private void charge(long cost) {
    steps -= cost;
    if (steps < 0) {
      throw new JinjaException("the template takes too many steps");
    }
  }

  /// Charges for text that is being made.
  void text(long length) {
    requireTextOf(length);
    charge(1 + length / CHARACTERS_PER_STEP);
  }

  void requireTextOf(long length) {
    if (length > LONGEST_TEXT) {
      throw new JinjaException("a text becomes longer than " + LONGEST_TEXT + " characters");
    }
  }

  String text(String made) {
    text(made.length());
    return made;
  }

  /// Charges for a list that is being made.
  void list(long size) {
    if (size > LONGEST_LIST) {
      throw new JinjaException("a list becomes longer than " + LONGEST_LIST);
    }
    charge(1 + size);
  }

  void enterCall() {
    if (++calls > DEEPEST_CALL) {
      throw new JinjaException("macros call each other deeper than " + DEEPEST_CALL);
    }
  }

  void leaveCall() {
    calls--;
  }
}
