package fathom.generation;

import java.util.List;

/// What an answer has come to so far.
interface TokenOutput {
  int[] ids();

  String text();

  List<TokenLogProbabilities> logProbabilities();
}
