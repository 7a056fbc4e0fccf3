package fathom.evaluation.families;

import fathom.evaluation.Split;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// The wordings of one kind of question, with `{slots}`. Held-out wordings are new sentences made
/// of words that training wordings use too (a test sees to it): what is tested is the reading of a
/// new phrase, not the guessing of an unknown word.
///
/// @param training wordings that a model may be trained on
/// @param heldOut wordings for tests only
record Phrasings(List<String> training, List<String> heldOut) {
  Phrasings {
    training = List.copyOf(training);
    heldOut = List.copyOf(heldOut);
  }

  /// The last `heldOut` of the given wordings are for tests only.
  static Phrasings of(int heldOut, String... wordings) {
    List<String> all = List.of(wordings);
    int fence = all.size() - heldOut;
    return new Phrasings(all.subList(0, fence), all.subList(fence, all.size()));
  }

  List<String> of(Split split) {
    return switch (split) {
      case TRAIN -> training;
      case HELD_OUT -> heldOut;
    };
  }

  String draw(Split split, Map<String, ?> slots, RandomGenerator random) {
    List<String> wordings = of(split);
    return fill(wordings.get(random.nextInt(wordings.size())), slots);
  }

  /// Puts each value in its `{slot}`.
  static String fill(String wording, Map<String, ?> slots) {
    String text = wording;
    for (Map.Entry<String, ?> slot : slots.entrySet()) {
      text = text.replace("{" + slot.getKey() + "}", String.valueOf(slot.getValue()));
    }
    return text;
  }
}
