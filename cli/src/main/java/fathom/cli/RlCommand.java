package fathom.cli;

import fathom.tensor.Kernels;
import fathom.training.GrpoTrainer;
import fathom.training.RewardFunction;
import fathom.training.Rewards;
import fathom.training.RunDirectory;
import fathom.training.StartingPoint;
import java.io.IOException;
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

  @Mixin RlArguments recipeArguments = new RlArguments();
  @Mixin TaskArguments tasks = new TaskArguments();
  @Mixin RunArguments runArguments = new RunArguments();
  @Mixin KernelArguments kernelArguments = new KernelArguments();
  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    return TrainingSession.run(kernelArguments, spec.commandLine().getErr(), this::trainer);
  }

  private GrpoTrainer trainer(Kernels kernels) throws IOException {
    RunDirectory resumed = runArguments.resumed();
    if (resumed != null) {
      return GrpoTrainer.resume(resumed, rules(), kernels);
    }
    if (model == null || tasks.data == null || !runArguments.hasPlace()) {
      throw new UsageException("rl: expected --model, --data and --out, or --resume RUN");
    }
    ObjectNode given = recipeArguments.recipe();
    StartingPoint from = new StartingPoint(model, LocalModel.tokenizer(model));
    RunDirectory run = runArguments.begin();
    return GrpoTrainer.start(run, from, tasks.data, given, rules(), kernels);
  }

  private GrpoTrainer.Rules rules() {
    List<RewardFunction> rewards = new ArrayList<>(Rewards.builtIn());
    ServiceLoader.load(RewardFunction.class).forEach(rewards::add);
    return new GrpoTrainer.Rules(tasks.suites(), rewards);
  }
}
