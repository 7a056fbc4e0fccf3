package fathom.cli;

import fathom.model.Activations;
import fathom.tensor.Kernels;
import fathom.tensor.WorkerPool;
import fathom.training.TrainingBenchmark;
import fathom.training.TrainingBenchmark.Speed;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `fathom bench --train`: how fast a model of some shape would be trained here.
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures training steps with random tokens.",
    footer = {
      "",
      "Examples:",
      "  fathom bench --train config.json --batch 16 --length 256 --threads 2 --json"
    })
final class TrainingBenchCommand implements Callable<Integer> {
  @Option(
      names = "--train",
      required = true,
      paramLabel = "CONFIG",
      description = "A preset, a config.json, or a model's directory.")
  String config = "";

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "16",
      description = "Sequences of a step (default: ${DEFAULT-VALUE}).")
  int batch = 16;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "256",
      description = "Tokens of a sequence (default: ${DEFAULT-VALUE}).")
  int length = 256;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "5",
      description = "Steps that are timed (default: ${DEFAULT-VALUE}).")
  int steps = 5;

  @Option(
      names = "--activations",
      paramLabel = "HOW",
      defaultValue = "kept",
      description = "kept, fp8 or recomputed (default: ${DEFAULT-VALUE}).")
  Activations activations = Activations.KEPT;

  @Option(names = "--fp8-weights", description = "Products read weights rounded to FP8.")
  boolean fp8Weights;

  @Option(names = "--json", description = "Prints one JSON object.")
  boolean json;

  @Option(
      names = "--roofline",
      description = "Shows what each kernel reaches of the machine's peaks as well.")
  boolean roofline;

  @Mixin KernelArguments kernelArguments = new KernelArguments();
  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (batch < 1 || length < 2 || steps < 1) {
      throw new UsageException("bench: expected positive numbers, and a length of at least 2");
    }
    try (WorkerPool workers = new WorkerPool(kernelArguments.threads())) {
      Kernels kernels = TrainingKernels.of(kernelArguments, workers);
      Roofline clock = new Roofline();
      Kernels watched = roofline ? clock.watch(kernels) : kernels;
      Speed speed =
          new TrainingBenchmark(TrainingSource.config(config), watched, activations, fp8Weights)
              .measure(batch, length, steps, watcher(clock));
      report(speed, kernels, clock);
    }
    return 0;
  }

  private static TrainingBenchmark.Watcher watcher(Roofline clock) {
    return new TrainingBenchmark.Watcher() {
      @Override
      public void begin() {
        clock.begin("training");
      }

      @Override
      public void end() {
        clock.end();
      }
    };
  }

  private void report(Speed speed, Kernels kernels, Roofline clock) {
    PrintWriter out = spec.commandLine().getOut();
    MachineRoofs roofs = new MachineRoofs(kernels.workers(), kernels.prepared());
    if (roofline) {
      roofs.measure(clock.instructions());
    }
    if (json) {
      ObjectNode node = describe(speed, kernels);
      if (roofline) {
        clock.describe(node, roofs);
      }
      out.println(node);
      return;
    }
    out.println(text(speed, kernels));
    if (roofline) {
      clock.print(out, roofs);
    }
  }

  private static ObjectNode describe(Speed speed, Kernels kernels) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("parameters", speed.parameters());
    node.put("tokens_per_second", speed.tokensPerSecond());
    node.put("model_flop_utilisation", speed.utilisation());
    node.put("peak_memory_bytes", speed.memoryBytes());
    node.put("peak_flops_per_second", speed.peak());
    node.put("kernels", kernels.name());
    node.put("threads", kernels.workers().threads());
    return node;
  }

  private static String text(Speed speed, Kernels kernels) {
    return String.format(
        Locale.ROOT,
        "%s parameters, %s kernels: %s tokens/s, %.0f %% of %s FLOP/s, %s of memory",
        Sizes.count((double) speed.parameters()),
        kernels.name(),
        Sizes.count(speed.tokensPerSecond()),
        100 * speed.utilisation(),
        Sizes.count(speed.peak()),
        Sizes.bytes((double) speed.memoryBytes()));
  }
}
