package fathom.training;

import fathom.model.Packing;
import fathom.model.TrainingBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// Texts packed into rows of a bounded number of tokens, shuffled anew in each epoch. A text sees
/// only itself, and its positions begin at zero, so which texts share a row makes no difference to
/// what is computed; no token is padding.
final class PackedTexts {
  private final List<List<MaskedText>> rows = new ArrayList<>();
  private final long seed;
  private final int dropped;

  /// Packs texts in a shuffled order; those longer than a row are left out.
  ///
  /// @param length tokens of a row, at most
  PackedTexts(List<MaskedText> texts, int length, long seed) {
    this.seed = seed;
    Permutation order = new Permutation(texts.size(), Permutation.mix(seed));
    List<MaskedText> row = new ArrayList<>();
    int room = length;
    int unfit = 0;
    for (int i = 0; i < texts.size(); i++) {
      MaskedText text = texts.get((int) order.at(i));
      if (text.rows() < 1 || text.rows() > length) {
        unfit++;
        continue;
      }
      if (text.rows() > room) {
        rows.add(row);
        row = new ArrayList<>();
        room = length;
      }
      row.add(text);
      room -= text.rows();
    }
    if (!row.isEmpty()) {
      rows.add(row);
    }
    dropped = unfit;
  }

  /// Rows of an epoch.
  int rows() {
    return rows.size();
  }

  /// Texts that were longer than a row, or had nothing before their first token.
  int dropped() {
    return dropped;
  }

  /// Rows `first .. first + count - 1` of the endless shuffled order.
  TrainingBatch batch(long first, int count) {
    List<MaskedText> texts = new ArrayList<>();
    for (long i = first; i < first + count; i++) {
      long epoch = Permutation.mix(seed + 1 + i / rows.size());
      texts.addAll(rows.get((int) new Permutation(rows.size(), epoch).at(i % rows.size())));
    }
    return batch(texts);
  }

  /// Rows in the order in which they were packed.
  TrainingBatch inOrder(int first, int count) {
    return batch(rows.subList(first, first + count).stream().flatMap(List::stream).toList());
  }

  /// Texts one after the other.
  static TrainingBatch batch(List<MaskedText> texts) {
    int[] lengths = texts.stream().mapToInt(MaskedText::rows).toArray();
    Packing packing = new Packing(lengths);
    int[] ids = new int[packing.rows()];
    int[] targets = new int[packing.rows()];
    for (int i = 0; i < texts.size(); i++) {
      texts.get(i).copyTo(ids, targets, packing.start(i));
    }
    return new TrainingBatch(packing, ids, targets);
  }

  /// Tells one set of texts from another.
  long checksum() {
    CRC32C sum = new CRC32C();
    for (List<MaskedText> row : rows) {
      for (MaskedText text : row) {
        for (int id : text.ids()) {
          sum.update(id);
          sum.update(id >> 8);
          sum.update(id >> 16);
        }
      }
    }
    return sum.getValue();
  }
}
