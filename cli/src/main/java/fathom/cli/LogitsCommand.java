package fathom.cli;

import fathom.checkpoint.SafetensorsWriter;
import fathom.checkpoint.TensorSpec;
import fathom.model.DecoderModel;
import fathom.model.ExpertSelection;
import fathom.model.ForwardObserver;
import fathom.model.Span;
import fathom.model.StepBatch;
import fathom.tensor.DType;
import fathom.tensor.Matrix;
import fathom.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fathom logits`: the numbers that a model computes, for comparing it with others.
@Command(
    name = "logits",
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false,
    description = "Writes the logits of all positions to a safetensors file.",
    footer = {
      "",
      "Tensors: logits [tokens, vocabulary]; with --hidden also hidden.embed and hidden.N, the state after",
      "layer N (from 0; N = number of layers: after the final norm) [tokens, hidden]; with --router router.N,",
      "the experts in ascending order, and router.N.weights; with --mtp mtp.logits, where row i has seen token i + 1 and",
      "predicts token i + 2 (the last row takes the likeliest next token).",
      "",
      "Examples:",
      "  fathom logits --model DIR --ids 1,2,3 --out logits.safetensors",
      "  fathom logits --model DIR --ids 1,2,3 --out all.safetensors --hidden --router --mtp"
    })
final class LogitsCommand implements Callable<Integer> {
  @Mixin ModelArguments modelArguments = new ModelArguments();
  @Mixin KernelArguments kernelArguments = new KernelArguments();
  @Mixin CommonArguments common = new CommonArguments();

  @Option(names = "--ids", required = true, paramLabel = "ID,ID", description = "The tokens.")
  String ids = "";

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The file to write.")
  Path out = Path.of("");

  @Option(names = "--hidden", description = "Adds the states after every layer.")
  boolean hidden;

  @Option(names = "--router", description = "Adds the choices of the experts.")
  boolean router;

  @Option(names = "--mtp", description = "Adds the logits of multi-token prediction.")
  boolean mtp;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    int[] tokens = TokenIds.parse(ids);
    if (kernelArguments.precision == KernelArguments.Rounding.AUTO) {
      kernelArguments.precision = KernelArguments.Rounding.EXACT;
    }
    try (LocalModel local = LocalModel.openBare(modelArguments, kernelArguments);
        StepRunner runner = new StepRunner(local.model(), 1, tokens.length + 1)) {
      Recorder recorder = new Recorder();
      DecoderModel model = local.model();
      model.observe(recorder);
      int[] all = IntStream.range(0, tokens.length).toArray();
      Matrix logits = runner.run(0, tokens, 0, all);
      recorder.keep("logits", logits);
      model.observe(null);
      if (mtp) {
        recorder.keep("mtp.logits", draft(model, runner, tokens, logits));
      }
      recorder.write(out);
    }
    spec.commandLine().getErr().printf("Wrote %s.%n", out);
    return 0;
  }

  private static Matrix draft(DecoderModel model, StepRunner runner, int[] tokens, Matrix logits) {
    if (model.draftLayer().isEmpty()) {
      throw new UsageException("--mtp: the checkpoint has no multi-token-prediction module");
    }
    int[] shifted = Arrays.copyOfRange(tokens, 1, tokens.length + 1);
    shifted[tokens.length - 1] = likeliest(logits, tokens.length - 1);
    int[] all = IntStream.range(0, tokens.length).toArray();
    Span span = new Span(0, tokens.length, 0, runner.table(0));
    return model.draft(new StepBatch(shifted, List.of(span), all), model.lastHidden());
  }

  private static int likeliest(Matrix logits, int row) {
    int best = 0;
    for (int id = 1; id < logits.columns(); id++) {
      if (logits.get(row, id) > logits.get(row, best)) {
        best = id;
      }
    }
    return best;
  }

  /// Copies what the step shows, because it is valid only while the step runs.
  private final class Recorder implements ForwardObserver {
    private final Arena arena = Arena.ofAuto();
    private final Map<String, TensorSpec> specs = new LinkedHashMap<>();
    private final Map<String, MemorySegment> contents = new LinkedHashMap<>();

    @Override
    public void hidden(int layer, Matrix state) {
      if (hidden) {
        keep("hidden." + (layer < 0 ? "embed" : String.valueOf(layer)), state);
      }
    }

    @Override
    public void routed(int layer, ExpertSelection selection) {
      if (!router) {
        return;
      }
      int tokens = selection.tokens();
      int width = selection.expertsPerToken();
      MemorySegment indices = arena.allocate((long) tokens * width * Integer.BYTES, 4);
      Matrix weights = Matrix.allocate(arena, tokens, width);
      for (int token = 0; token < tokens; token++) {
        for (int choice = 0; choice < width; choice++) {
          int expert = selection.expert(token, choice);
          indices.setAtIndex(ValueLayout.JAVA_INT, (long) token * width + choice, expert);
          weights.set(token, choice, selection.weight(token, choice));
        }
      }
      String name = "router." + layer;
      specs.put(name, new TensorSpec(name, DType.I32, Shape.of(tokens, width)));
      contents.put(name, indices);
      put(name + ".weights", weights);
    }

    void keep(String name, Matrix matrix) {
      Matrix copy = Matrix.allocate(arena, matrix.rows(), matrix.columns());
      copy.copyFrom(matrix);
      put(name, copy);
    }

    private void put(String name, Matrix matrix) {
      Shape shape = Shape.of(matrix.rows(), matrix.columns());
      specs.put(name, new TensorSpec(name, DType.F32, shape));
      contents.put(name, matrix.segment().asSlice(0, shape.elements() * Float.BYTES));
    }

    void write(Path file) {
      try (SafetensorsWriter writer =
          SafetensorsWriter.create(file, new ArrayList<>(specs.values()), Map.of())) {
        contents.forEach(writer::write);
        writer.finish();
      }
    }
  }
}
