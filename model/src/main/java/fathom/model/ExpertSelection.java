package fathom.model;

import fathom.tensor.Matrix;
import fathom.tensor.RowGroups;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Which experts each token of a step goes to, and with what weight; and the same turned round:
/// which tokens each expert gets, as consecutive rows.
///
/// *Slot* `t * expertsPerToken + j` is the j-th choice of token t, in ascending order of the
/// expert's number. *Row* r is the r-th slot when slots are sorted by expert, and by token within
/// an expert.
public final class ExpertSelection {
  private int rows;
  private int experts;
  private int expertsPerToken;
  private int[] chosen = new int[0];
  private int[] rowOfSlot = new int[0];
  private int[] tokenOfRow = new int[0];
  private int[] sizes = new int[0];
  private int[] next = new int[0];
  private RowGroups groups = new RowGroups(0);
  private @Nullable Variable weights;
  private @Nullable Variable scores;

  ExpertSelection() {}

  void resize(int newExperts, int newExpertsPerToken, int newRows) {
    rows = newRows;
    expertsPerToken = newExpertsPerToken;
    int slots = newRows * newExpertsPerToken;
    if (chosen.length != slots) {
      chosen = new int[slots];
      rowOfSlot = new int[slots];
      tokenOfRow = new int[slots];
    }
    if (experts != newExperts) {
      experts = newExperts;
      sizes = new int[newExperts];
      next = new int[newExperts];
      groups = new RowGroups(newExperts);
    }
  }

  /// Tokens.
  public int tokens() {
    return rows;
  }

  /// Experts that each token goes to.
  public int expertsPerToken() {
    return expertsPerToken;
  }

  /// The `choice`-th expert of a token, in ascending order of the experts' numbers.
  public int expert(int token, int choice) {
    return chosen[token * expertsPerToken + choice];
  }

  /// The weight of that expert's output.
  public float weight(int token, int choice) {
    return weights().get(token, choice);
  }

  /// All weights `[tokens, expertsPerToken]`.
  Matrix weights() {
    return weightsVariable().value();
  }

  Variable weightsVariable() {
    if (weights == null) {
      throw new IllegalStateException("selection: expected weights, found none");
    }
    return weights;
  }

  /// The scores of all experts `[tokens, experts]`, before any bias.
  Variable scores() {
    if (scores == null) {
      throw new IllegalStateException("selection: expected scores, found none");
    }
    return scores;
  }

  void setVariables(Variable newWeights, Variable newScores) {
    weights = newWeights;
    scores = newScores;
  }

  /// Sets the experts of one token from an array of at least `expertsPerToken`, sorting them.
  void choose(int token, int[] best) {
    Arrays.sort(best, 0, expertsPerToken);
    System.arraycopy(best, 0, chosen, token * expertsPerToken, expertsPerToken);
  }

  /// Sorts the slots by expert; called once all tokens have chosen.
  void group() {
    Arrays.fill(sizes, 0);
    for (int expert : chosen) {
      sizes[expert]++;
    }
    groups.setSizes(sizes);
    for (int expert = 0; expert < experts; expert++) {
      next[expert] = groups.start(expert);
    }
    for (int slot = 0; slot < chosen.length; slot++) {
      int row = next[chosen[slot]]++;
      rowOfSlot[slot] = row;
      tokenOfRow[row] = slot / expertsPerToken;
    }
  }

  /// The rows of each expert.
  RowGroups groups() {
    return groups;
  }

  /// Row of a slot.
  int row(int token, int choice) {
    return rowOfSlot[token * expertsPerToken + choice];
  }

  /// The token that a row belongs to.
  int token(int row) {
    return tokenOfRow[row];
  }

  /// Rows of all experts together.
  int slots() {
    return chosen.length;
  }
}
