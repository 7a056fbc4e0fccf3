package fathom.generation;

/// A token as a listener sees it. The object is used again for the next token: read what you need
/// and keep no reference.
public interface GeneratedToken {
  /// Number of the token in the answer, from 0.
  int index();

  /// The token.
  int id();

  /// The text that became certain with this token: often one word, sometimes nothing (in the middle
  /// of a character, or while a stop string may be beginning), sometimes several tokens' text. The
  /// texts of all tokens make the answer's text. An end token, and a stop string, add nothing.
  String text();

  /// Whether this is the answer's last token.
  boolean last();

  /// Natural logarithm of the token's probability; NaN if not asked for.
  float logProbability();

  /// Number of alternatives reported, the chosen token among them if it is one of the likeliest.
  int topCount();

  /// The n-th likeliest token, from 0.
  int topId(int n);

  /// Natural logarithm of the n-th likeliest token's probability.
  float topLogProbability(int n);
}
