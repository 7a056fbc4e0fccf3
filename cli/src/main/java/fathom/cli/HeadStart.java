package fathom.cli;

import fathom.tensor.VectorKernels;
import fathom.tensor.Workers;
import fathom.tensor.x86.Precision;
import fathom.tensor.x86.X86Kernels;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Initialises what opening a model needs on a second core, while the first reads the command line:
/// the JVM takes a tenth of a second for each of the two. Nothing of it is kept but initialised
/// classes, and whatever fails here fails again, with its sentence, where it is needed.
final class HeadStart {
  private HeadStart() {}

  static void begin() {
    if (Runtime.getRuntime().availableProcessors() > 1) {
      Thread.ofPlatform().name("fathom-head-start").daemon().start(HeadStart::run);
    }
  }

  private static void run() {
    try (JsonParser json =
        JsonFactory.builder().build().createParser(ObjectReadContext.empty(), "{\"a\": [1]}")) {
      while (json.nextToken() != null) {
        // reads to the end
      }
      X86Kernels.detect(new VectorKernels(Workers.serial()), Precision.FLOAT32);
    } catch (RuntimeException e) {
      // told where it is needed
    }
  }
}
