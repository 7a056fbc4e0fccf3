package fathom.cli;

import fathom.tensor.Kernels;
import fathom.tensor.WorkerPool;
import fathom.training.Distiller;
import fathom.training.RejectionSampler;
import fathom.training.RunDirectory;
import fathom.training.StartingPoint;
import fathom.training.SupervisedFineTuner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/// `fathom distill`: what a teacher gets right to a student that can do it, too.
@Command(
    name = "distill",
    mixinStandardHelpOptions = true,
    description = {
      "Teaches a student the answers of a teacher that are right, and optionally its doubts;",
      "can be killed and resumed at any time."
    },
    footer = {
      "",
      "Examples:",
      "  fathom distill --model student --teacher r1 --data generated --tasks 5000 --out"
          + " runs/small",
      "  fathom distill --model student --teacher r1 --data tasks.jsonl --samples 8 --keep 2 --out"
          + " d",
      "  fathom distill --resume runs/small"
    })
final class DistillCommand implements Callable<Integer> {
  @Option(
      names = {"-m", "--model", "--student"},
      paramLabel = "DIR|FILE.gguf",
      description = "The student to begin with.")
  @Nullable Path model;

  @Option(names = "--teacher", paramLabel = "DIR|FILE.gguf", description = "The teacher.")
  @Nullable Path teacher;

  @Option(
      names = "--epochs",
      paramLabel = "X",
      description = "How often each answer is seen, where --steps does not say (default: 2).")
  @Nullable Double epochs;

  @Option(
      names = "--kl-weight",
      paramLabel = "X",
      description = {
        "Share of the loss that is the divergence from the teacher's distributions, for a student",
        "with the teacher's vocabulary (default: 0, its answers alone)."
      })
  @Nullable Float klWeight;

  @Option(
      names = "--kl-temperature",
      paramLabel = "X",
      description = "At which the distributions are compared (default: 2).")
  @Nullable Float klTemperature;

  @Mixin RejectionArguments rejection = new RejectionArguments();
  @Mixin AdapterArguments adapterArguments = new AdapterArguments();
  @Mixin RecipeArguments recipeArguments = new RecipeArguments();
  @Mixin TaskArguments tasks = new TaskArguments();
  @Mixin RunArguments runArguments = new RunArguments();
  @Mixin KernelArguments kernelArguments = new KernelArguments();
  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Distiller distiller = distiller();
    try (WorkerPool workers = new WorkerPool(kernelArguments.threads())) {
      Kernels kernels = TrainingKernels.of(kernelArguments, workers);
      PrintWriter err = spec.commandLine().getErr();
      if (!collect(distiller, kernels)) {
        err.println("Stopped; go on by --resume " + distiller.run().path());
        return 0;
      }
      try (SupervisedFineTuner tuner = tuner(distiller, kernels)) {
        TrainingSession.run(tuner, kernels, workers, err);
      }
    }
    return 0;
  }

  private Distiller distiller() throws IOException {
    RunDirectory resumed = runArguments.resumed();
    if (resumed != null) {
      return Distiller.resume(resumed);
    }
    if (model == null || teacher == null || tasks.data == null || !runArguments.hasPlace()) {
      throw new UsageException(
          "distill: expected --model, --teacher, --data and --out, or --resume RUN");
    }
    ObjectNode tuning = recipeArguments.recipe("tuning");
    RecipeKeys.put(tuning, "tuning", "epochs", epochs);
    adapterArguments.addTo(tuning);
    if (klWeight != null && klWeight > 0) {
      RecipeKeys.put(tuning, "tuning", "teacher", teacher.toAbsolutePath());
      RecipeKeys.put(tuning, "tuning", "kl_weight", klWeight);
      RecipeKeys.put(tuning, "tuning", "kl_temperature", klTemperature);
    }
    Distiller.Plan plan =
        new Distiller.Plan(
            model, teacher, tasks.data, rejection.recipe(recipeArguments.steps.seed), tuning);
    return Distiller.start(runArguments.begin(), plan);
  }

  private boolean collect(Distiller distiller, Kernels kernels) {
    PrintWriter err = spec.commandLine().getErr();
    try (Interruption interruption = new Interruption()) {
      return distiller.collect(
          LocalModel.tokenizer(distiller.plan().teacher()),
          tasks.suites(),
          kernels,
          progress -> {
            print(err, distiller, progress);
            return !interruption.stops();
          });
    }
  }

  private static void print(
      PrintWriter err, Distiller distiller, RejectionSampler.Progress progress) {
    err.printf(
        Locale.ROOT,
        "%d of %d tasks put, %.1f %% of the answers right, %d kept%n",
        progress.tasks(),
        distiller.recipe().count(),
        100.0 * progress.right() / progress.answers(),
        progress.kept());
    err.flush();
  }

  private static SupervisedFineTuner tuner(Distiller distiller, Kernels kernels) {
    RunDirectory run = distiller.run();
    if (run.exists()) {
      return SupervisedFineTuner.resume(run, kernels);
    }
    Path student = distiller.plan().student();
    StartingPoint from = new StartingPoint(student, LocalModel.tokenizer(student));
    return SupervisedFineTuner.start(
        run, from, distiller.answers(), distiller.plan().tuning(), kernels);
  }
}
