package fathom.cli;

import fathom.tensor.Kernels;
import fathom.training.RunDirectory;
import fathom.training.StartingPoint;
import fathom.training.SupervisedFineTuner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/// `fathom sft`: conversations to a model that answers so.
@Command(
    name = "sft",
    mixinStandardHelpOptions = true,
    description = "Fine-tunes a model on conversations; can be killed and resumed at any time.",
    footer = {
      "",
      "A line of the data is {\"messages\": [{\"role\", \"content\", \"reasoning_content\"}, …]}",
      "or {\"question\", \"reasoning\", \"answer\"}. The loss is on the assistant's text alone.",
      "",
      "Examples:",
      "  fathom sft --model base --data chats.jsonl --out runs/chat --epochs 2",
      "  fathom sft --model DeepSeek-R1-Distill-Qwen-1.5B --data chats.jsonl --out run --lora-rank"
          + " 16",
      "  fathom sft --resume runs/chat"
    })
final class SftCommand implements Callable<Integer> {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "DIR|FILE.gguf",
      description = "The model to begin with.")
  @Nullable Path model;

  @Option(
      names = "--data",
      paramLabel = "FILE.jsonl|DIR",
      description = "Conversations: a file of JSON lines, or a directory of them.")
  @Nullable Path data;

  @Option(
      names = "--epochs",
      paramLabel = "X",
      description = "How often each conversation is seen, where --steps does not say (default: 2).")
  @Nullable Double epochs;

  @Mixin AdapterArguments adapterArguments = new AdapterArguments();
  @Mixin RecipeArguments recipeArguments = new RecipeArguments();
  @Mixin RunArguments runArguments = new RunArguments();
  @Mixin KernelArguments kernelArguments = new KernelArguments();
  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    return TrainingSession.run(kernelArguments, spec.commandLine().getErr(), this::tuner);
  }

  private SupervisedFineTuner tuner(Kernels kernels) throws IOException {
    RunDirectory resumed = runArguments.resumed();
    if (resumed != null) {
      return SupervisedFineTuner.resume(resumed, kernels);
    }
    if (model == null || data == null || !runArguments.hasPlace()) {
      throw new UsageException("sft: expected --model, --data and --out, or --resume RUN");
    }
    ObjectNode given = recipeArguments.recipe("tuning");
    RecipeKeys.put(given, "tuning", "epochs", epochs);
    adapterArguments.addTo(given);
    StartingPoint from = new StartingPoint(model, LocalModel.tokenizer(model));
    return SupervisedFineTuner.start(runArguments.begin(), from, data, given, kernels);
  }
}
