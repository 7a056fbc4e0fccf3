package fathom.training;

import fathom.model.TokenScores;
import fathom.model.TrainingBatch;
import fathom.model.TrainingPass;
import fathom.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Conversations, encoded and packed: those to learn from and those held out.
final class FineTuningTexts implements LearningSource {
  private static final int FEWEST_TO_HOLD_OUT = 20;

  private final Tokenizer tokenizer;
  private final FineTuningRecipe recipe;
  private final PackedTexts learned;
  private final PackedTexts heldOut;

  private FineTuningTexts(Tokenizer tokenizer, FineTuningRecipe recipe, List<MaskedText> texts) {
    this.tokenizer = tokenizer;
    this.recipe = recipe;
    int length = recipe.batch().length();
    long seed = recipe.seed();
    int held = held(texts.size());
    Permutation order = new Permutation(texts.size(), Permutation.mix(~seed));
    List<MaskedText> first = new ArrayList<>();
    List<MaskedText> second = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      (i < held ? first : second).add(texts.get((int) order.at(i)));
    }
    heldOut = new PackedTexts(first, length, seed);
    learned = new PackedTexts(second, length, seed);
    if (learned.rows() == 0) {
      throw new RecipeException(
          "data",
          "expected conversations of at most batch.length %d tokens".formatted(length),
          "none (%d are longer)".formatted(learned.dropped()));
    }
  }

  private int held(int count) {
    double share = recipe.tuning().heldOut();
    return share == 0 || count < FEWEST_TO_HOLD_OUT ? 0 : Math.max(1, (int) (share * count));
  }

  /// Reads and encodes the conversations of a file or directory.
  ///
  /// @throws RecipeException if there is none that fits, or one is not what it should be
  static FineTuningTexts read(Path data, Tokenizer tokenizer, FineTuningRecipe recipe) {
    ChatEncoder encoder = new ChatEncoder(tokenizer);
    List<MaskedText> texts = new ArrayList<>();
    ChatExampleReader.forEach(data, example -> texts.addAll(encoder.encode(example)));
    return new FineTuningTexts(tokenizer, recipe, texts);
  }

  /// Steps that the recipe asks for, or that its epochs need.
  int steps() {
    double rows = recipe.tuning().epochs() * learned.rows();
    return recipe.steps() > 0
        ? recipe.steps()
        : (int) Math.max(1, Math.ceil(rows / recipe.batch().sequences()));
  }

  /// Conversations that were too long.
  int dropped() {
    return learned.dropped() + heldOut.dropped();
  }

  long checksum() {
    return learned.checksum() * 31 + heldOut.checksum();
  }

  @Override
  public TrainingBatch batch(long first, int count) {
    return learned.batch(first, count);
  }

  @Override
  public Optional<Validation> validate(TrainingPass pass) {
    int micro = recipe.batch().micro();
    long rows = recipe.keeping().validationTokens() / recipe.batch().length();
    int wanted = Math.clamp(rows, Math.min(1, heldOut.rows()), heldOut.rows());
    Validation.Sum sum = new Validation.Sum(tokenizer);
    for (int first = 0; first < wanted; first += micro) {
      TrainingBatch batch = heldOut.inOrder(first, Math.min(micro, wanted - first));
      TokenScores scores = pass.score(batch);
      sum.add(batch, scores);
    }
    return sum.result();
  }
}
