package fathom.model;

import fathom.checkpoint.Checkpoint;
import fathom.tensor.Kernels;
import fathom.tensor.ScalarKernels;
import fathom.tensor.VectorKernels;
import fathom.tensor.Workers;
import java.nio.file.Path;

/// A model of the fixtures with its open files, for tests.
record LoadedModel(Checkpoint checkpoint, DecoderModel model) implements AutoCloseable {
  static final Kernels SCALAR = new ScalarKernels(Workers.serial());
  static final Kernels VECTOR = new VectorKernels(Workers.serial());

  static LoadedModel of(String name) {
    return of(name, VECTOR, ModelOptions.defaults());
  }

  static LoadedModel of(String name, Kernels kernels, ModelOptions options) {
    return open(Golden.FIXTURES.resolve("models").resolve(name), kernels, options);
  }

  static LoadedModel open(Path path, Kernels kernels, ModelOptions options) {
    Checkpoint checkpoint = Checkpoint.open(path);
    return new LoadedModel(checkpoint, DecoderModel.load(checkpoint, kernels, options));
  }

  CachedSequence newSequence() {
    return new CachedSequence(model);
  }

  @Override
  public void close() {
    model.close();
    checkpoint.close();
  }
}
