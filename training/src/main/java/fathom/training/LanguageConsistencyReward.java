package fathom.training;

/// The share of the words of the thinking that are in the language that is asked for, as R1's
/// second stage had it: told by their script, Latin for English, Han for Chinese. A thinking
/// without words is consistent.
public final class LanguageConsistencyReward implements RewardFunction {
  private final Character.UnicodeScript script;

  /// @param script of the language that is asked for
  public LanguageConsistencyReward(Character.UnicodeScript script) {
    this.script = script;
  }

  @Override
  public String name() {
    return "language";
  }

  @Override
  public double reward(Rollout rollout) {
    return share(rollout.response().reasoning());
  }

  /// Words are runs of letters; in Han every letter is one.
  double share(String text) {
    int words = 0;
    int right = 0;
    boolean inside = false;
    for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
      int letter = text.codePointAt(at);
      boolean han = Character.UnicodeScript.of(letter) == Character.UnicodeScript.HAN;
      if (Character.isLetter(letter) && (han || !inside)) {
        words++;
        right += Character.UnicodeScript.of(letter) == script ? 1 : 0;
      }
      inside = Character.isLetter(letter) && !han;
    }
    return words == 0 ? 1 : (double) right / words;
  }
}
