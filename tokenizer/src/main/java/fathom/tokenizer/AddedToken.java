package fathom.tokenizer;

/// A token that is recognised in text as a whole, before anything is split.
///
/// @param id its id
/// @param content its text
/// @param special whether decoding may leave it out
/// @param normalized whether it is searched in the text after normalisation
/// @param singleWord whether it must not touch other word characters
/// @param stripLeft whether it takes white space before it
/// @param stripRight whether it takes white space after it
record AddedToken(
    int id,
    String content,
    boolean special,
    boolean normalized,
    boolean singleWord,
    boolean stripLeft,
    boolean stripRight) {
  static AddedToken of(int id, String content, boolean special, boolean normalized) {
    return new AddedToken(id, content, special, normalized, false, false, false);
  }
}
