package fathom.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// BPE training as its definition reads: count all pairs anew for each merge. The slow twin of
/// [BpeTrainer].
final class NaiveBpeTraining {
  private NaiveBpeTraining() {}

  /// The merges, written as `left right` in the byte alphabet.
  static List<String> merges(List<String> texts, PreTokenizer preTokenizer, int tokens) {
    Map<String, Integer> ids = alphabet();
    List<String> names = new ArrayList<>(ids.keySet());
    Map<List<Integer>, Long> words = words(texts, preTokenizer, ids);
    List<String> merges = new ArrayList<>();
    int made = 0;
    while (made < tokens) {
      List<Integer> best = best(words);
      if (best == null) {
        break;
      }
      String left = names.get(best.get(0));
      String right = names.get(best.get(1));
      merges.add(left + " " + right);
      Integer id = ids.get(left + right);
      if (id == null) {
        id = names.size();
        ids.put(left + right, id);
        names.add(left + right);
        made++;
      }
      Map<List<Integer>, Long> merged = new LinkedHashMap<>();
      for (Map.Entry<List<Integer>, Long> word : words.entrySet()) {
        merged.merge(merge(word.getKey(), best, id), word.getValue(), Long::sum);
      }
      words = merged;
    }
    return merges;
  }

  private static Map<String, Integer> alphabet() {
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (String token : DeepSeekTokens.FIRST) {
      ids.put(token, ids.size());
    }
    char[] characters = new char[256];
    for (int b = 0; b < 256; b++) {
      characters[b] = ByteAlphabet.character(b);
    }
    Arrays.sort(characters);
    for (char c : characters) {
      ids.put(Character.toString(c), ids.size());
    }
    return ids;
  }

  private static Map<List<Integer>, Long> words(
      List<String> texts, PreTokenizer preTokenizer, Map<String, Integer> ids) {
    Map<List<Integer>, Long> words = new LinkedHashMap<>();
    for (String text : texts) {
      for (String piece : preTokenizer.pieces(text)) {
        List<Integer> symbols = new ArrayList<>();
        for (byte b : piece.getBytes(StandardCharsets.UTF_8)) {
          symbols.add(ids.get(Character.toString(ByteAlphabet.character(b & 0xFF))));
        }
        words.merge(symbols, 1L, Long::sum);
      }
    }
    return words;
  }

  private static List<Integer> best(Map<List<Integer>, Long> words) {
    Map<List<Integer>, Long> pairs = new HashMap<>();
    words.forEach(
        (word, count) -> {
          for (int i = 0; i + 1 < word.size(); i++) {
            pairs.merge(List.of(word.get(i), word.get(i + 1)), count, Long::sum);
          }
        });
    List<Integer> best = null;
    for (Map.Entry<List<Integer>, Long> pair : pairs.entrySet()) {
      if (best == null || isBetter(pair.getKey(), pair.getValue(), best, pairs.get(best))) {
        best = pair.getKey();
      }
    }
    return best;
  }

  private static boolean isBetter(List<Integer> pair, long count, List<Integer> best, long most) {
    if (count != most) {
      return count > most;
    }
    int order = Integer.compare(pair.get(0), best.get(0));
    return order == 0 ? pair.get(1) < best.get(1) : order < 0;
  }

  private static List<Integer> merge(List<Integer> word, List<Integer> pair, int id) {
    List<Integer> merged = new ArrayList<>();
    for (int i = 0; i < word.size(); i++) {
      boolean found =
          i + 1 < word.size()
              && word.get(i).equals(pair.get(0))
              && word.get(i + 1).equals(pair.get(1));
      merged.add(found ? id : word.get(i));
      i += found ? 1 : 0;
    }
    return merged;
  }
}
