package fathom.generation;

import java.util.Arrays;

/// How often each token occurred in an answer, and which occurred in its prompt: what penalties
/// need. An open hash table of ints; adding allocates only when the table grows.
final class TokenCounts {
  private static final int EMPTY = -1;
  private static final int PROMPT_FLAG = 1 << 31;

  private int[] ids = new int[64];
  private int[] counts = new int[64];
  private int size;

  TokenCounts() {
    Arrays.fill(ids, EMPTY);
  }

  void addPrompt(int id) {
    int slot = slot(id); // first: it may replace the array
    counts[slot] |= PROMPT_FLAG;
  }

  void addAnswer(int id) {
    int slot = slot(id);
    counts[slot]++;
  }

  /// Applies penalties to the logits of the tokens that occurred.
  void penalise(float[] logits, SamplingParameters.Penalties penalties) {
    float repetition = (float) penalties.repetition();
    for (int slot = 0; slot < ids.length; slot++) {
      int id = ids[slot];
      int state = counts[slot];
      if (id == EMPTY || state == 0) {
        continue;
      }
      float logit = logits[id];
      if (repetition != 1) {
        logit = logit > 0 ? logit / repetition : logit * repetition;
      }
      int count = state & ~PROMPT_FLAG;
      if (count > 0) {
        logit -= (float) (count * penalties.frequency() + penalties.presence());
      }
      logits[id] = logit;
    }
  }

  private int slot(int id) {
    int mask = ids.length - 1;
    int slot = ((id * 0x9E3779B9) >>> 7) & mask;
    while (ids[slot] != EMPTY) {
      if (ids[slot] == id) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
    if (2 * size >= ids.length) {
      grow();
      return slot(id);
    }
    ids[slot] = id;
    size++;
    return slot;
  }

  private void grow() {
    int[] oldIds = ids;
    int[] oldCounts = counts;
    ids = new int[2 * oldIds.length];
    Arrays.fill(ids, EMPTY);
    counts = new int[ids.length];
    size = 0;
    for (int i = 0; i < oldIds.length; i++) {
      if (oldIds[i] != EMPTY) {
        int slot = slot(oldIds[i]);
        counts[slot] = oldCounts[i];
      }
    }
  }
}
