package fathom.training;

import fathom.model.TrainingBatch;
import fathom.model.TrainingLosses;
import fathom.model.TrainingPass;
import java.util.Optional;

/// Where the batches of a run come from, and how it is measured on what is held out.
interface LearningSource {
  /// Samples `first .. first + count - 1` of an endless order that depends on nothing but the seed.
  TrainingBatch batch(long first, int count);

  /// The loss of a batch, its gradients times `scale` added to the parameters'.
  default TrainingLosses learn(TrainingPass pass, TrainingBatch batch, float scale) {
    return pass.run(batch, scale);
  }

  /// What the model thinks of what it does not learn from; nothing if nothing is held out.
  Optional<Validation> validate(TrainingPass pass);
}
