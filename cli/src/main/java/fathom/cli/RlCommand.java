package fathom.cli;

import fathom.evaluation.CodeSandbox;
import fathom.evaluation.SandboxLimits;
import fathom.evaluation.SuiteReader;
import fathom.tensor.Kernels;
import fathom.tensor.WorkerPool;
import fathom.training.GrpoTrainer;
import fathom.training.RewardFunction;
import fathom.training.Rewards;
import fathom.training.RunDirectory;
import fathom.training.StartingPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/// `fathom rl`: tasks and rules to a model that reasons.
@Command(
    name = "rl",
    mixinStandardHelpOptions = true,
    description = "Teaches a model to reason by GRPO; can be killed and resumed at any time.",
    footer = {
      "",
      "Examples:",
      "  fathom rl --model runs/chat/checkpoints/last --data generated --out runs/r1 --steps 300",
      "  fathom rl --model base --data addition,equations --template r1-zero --out runs/zero",
      "  fathom rl --model m --data tasks.jsonl --rewards accuracy=1,language=0.2 --out run",
      "  fathom rl --resume runs/r1"
    })
final class RlCommand implements Callable<Integer> {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "DIR|FILE.gguf",
      description = "The model to begin with.")
  @Nullable Path model;

  @Option(
      names = "--data",
      paramLabel = "NAME|FILE.jsonl",
      description = "Tasks: generated, names of their families, a file, or a published suite.")
  @Nullable String data;

  @Option(names = "--out", paramLabel = "RUN", description = "The run's directory.")
  @Nullable Path out;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      arity = "0..1",
      fallbackValue = "",
      description = "Goes on with a run: this one, or that of --out.")
  @Nullable String resume;

  @Option(
      names = "--data-folder",
      paramLabel = "DIR",
      defaultValue = "../shared/data",
      description = "Where the published suites lie (default: ${DEFAULT-VALUE}).")
  Path dataFolder = Path.of("");

  @Mixin RlArguments recipeArguments = new RlArguments();
  @Mixin KernelArguments kernelArguments = new KernelArguments();
  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    try (WorkerPool workers = new WorkerPool(kernelArguments.threads())) {
      Kernels kernels = TrainingKernels.of(kernelArguments, workers);
      try (GrpoTrainer trainer = trainer(kernels)) {
        TrainingSession.run(trainer, kernels, workers, spec.commandLine().getErr());
      }
    }
    return 0;
  }

  private GrpoTrainer trainer(Kernels kernels) throws IOException {
    Path resumed = TrainingSource.resumed(resume, out);
    if (resumed != null) {
      return GrpoTrainer.resume(new RunDirectory(resumed), rules(), kernels);
    }
    if (model == null || data == null || out == null) {
      throw new UsageException("rl: expected --model, --data and --out, or --resume RUN");
    }
    RunDirectory run = TrainingSource.newRun(out);
    ObjectNode given = recipeArguments.recipe();
    Files.createDirectories(out);
    StartingPoint from = new StartingPoint(model, LocalModel.tokenizer(model));
    return GrpoTrainer.start(run, from, data, given, rules(), kernels);
  }

  private GrpoTrainer.Rules rules() {
    List<RewardFunction> rewards = new ArrayList<>(Rewards.builtIn());
    ServiceLoader.load(RewardFunction.class).forEach(rewards::add);
    SuiteReader suites = new SuiteReader(dataFolder, () -> CodeSandbox.open(SandboxLimits.usual()));
    return new GrpoTrainer.Rules(suites, rewards);
  }
}
