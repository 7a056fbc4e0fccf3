package fathom.generation;

import fathom.model.CacheLayout;
import java.util.ArrayList;
import java.util.List;

/// Which sequences take part in a step, and with how many rows. Used again for every step.
final class StepPlan {
  private final List<Sequence> sequences = new ArrayList<>();
  private int totalRows;
  private int promptRows;

  void clear() {
    for (int i = 0; i < sequences.size(); i++) {
      sequences.get(i).planned(0);
    }
    sequences.clear();
    totalRows = 0;
    promptRows = 0;
  }

  boolean isEmpty() {
    return sequences.isEmpty();
  }

  int size() {
    return sequences.size();
  }

  Sequence sequence(int index) {
    return sequences.get(index);
  }

  /// Rows of all sequences together.
  int totalRows() {
    return totalRows;
  }

  /// Rows of prompts.
  int promptRows() {
    return promptRows;
  }

  /// Adds the one pending token of a sequence, with the draft after it.
  void addDecode(Sequence sequence, boolean withDraft) {
    add(sequence, withDraft ? 2 : 1);
  }

  /// Adds a piece of a prompt: at most up to the next multiple of 64, so that a prompt is always
  /// cut at the same places. Returns its rows.
  int addPrefill(Sequence sequence) {
    int position = sequence.computed() + sequence.planned();
    int toBoundary = CacheLayout.BLOCK_TOKENS - position % CacheLayout.BLOCK_TOKENS;
    int piece = Math.min(sequence.unplannedPrompt(), toBoundary);
    add(sequence, piece);
    promptRows += piece;
    return piece;
  }

  private void add(Sequence sequence, int rows) {
    if (sequence.planned() == 0) {
      sequences.add(sequence);
    }
    sequence.planned(sequence.planned() + rows);
    totalRows += rows;
  }
}
