package fathom.training;

import fathom.checkpoint.Checkpoint;
import fathom.model.DecoderStack;
import fathom.model.ModelOptions;
import fathom.model.ModelWeights;
import fathom.model.SoftTargets;
import fathom.model.TrainingBatch;
import fathom.model.TrainingLosses;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import fathom.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;

/// Texts that are learned together with what a teacher thinks of each of their tokens.
final class TaughtTexts implements LearningSource, AutoCloseable {
  private final LearningSource texts;
  private final Arena arena;
  private final TrainingPass teacher;
  private final SoftTargets targets;

  private TaughtTexts(
      LearningSource texts, Arena arena, DecoderStack stack, FineTuningRecipe recipe, Kernels k) {
    this.texts = texts;
    this.arena = arena;
    teacher = new TrainingPass(stack, k, TrainingOptions.plain());
    targets = new SoftTargets(teacher, recipe.tuning().klWeight(), recipe.tuning().klTemperature());
  }

  /// Opens the teacher of a recipe.
  ///
  /// @throws RecipeException if the teacher has another vocabulary than the student
  static TaughtTexts open(
      Path model,
      LearningSource texts,
      FineTuningRecipe recipe,
      Tokenizer student,
      Kernels kernels) {
    Arena arena = Arena.ofShared();
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      requireSame(Tokenizer.open(checkpoint.directory()), student, model);
      DecoderStack stack = ModelWeights.copy(checkpoint, kernels, ModelOptions.defaults(), arena);
      return new TaughtTexts(texts, arena, stack, recipe, kernels);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static void requireSame(Tokenizer teacher, Tokenizer student, Path model) {
    int ids = Math.max(teacher.vocabularySize(), student.vocabularySize());
    for (int id = 0; id < ids; id++) {
      if (!teacher.token(id).equals(student.token(id))) {
        throw new RecipeException(
            model.toString(),
            "expected a teacher with the student's vocabulary (or no kl_weight)",
            "token %d is %s to it and %s to the student"
                .formatted(id, teacher.token(id).orElse("none"), student.token(id).orElse("none")));
      }
    }
  }

  @Override
  public TrainingBatch batch(long first, int count) {
    return texts.batch(first, count);
  }

  @Override
  public TrainingLosses learn(TrainingPass pass, TrainingBatch batch, float scale) {
    return pass.run(batch, scale, targets);
  }

  @Override
  public Optional<Validation> validate(TrainingPass pass) {
    return texts.validate(pass);
  }

  @Override
  public void close() {
    teacher.close();
    arena.close();
  }
}
