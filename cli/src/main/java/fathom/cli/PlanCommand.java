package fathom.cli;

import fathom.model.ModelConfig;
import fathom.model.ModelPresets;
import fathom.training.Device;
import fathom.training.Efficiencies;
import fathom.training.RunShape;
import fathom.training.Savings;
import fathom.training.TrainingPlan;
import fathom.training.TrainingPlanner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `fathom plan`: what a training run would take.
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = "Computes memory, time and cost of a training run on any cluster.",
    footer = {
      "",
      "Examples:",
      "  fathom plan --model v3 --device h800 --count 2048 --tokens 14.8e12",
      "  fathom plan --model v3 --device h800 --count 2048 --tokens 14.8e12 --without fp8",
      "  fathom plan --model config.json --device xeon-amx-2c --count 1 --tokens 1e9 --batch 16"
          + " --length 512"
    })
final class PlanCommand implements Callable<Integer> {
  @Option(
      names = {"-m", "--model"},
      required = true,
      paramLabel = "PRESET|FILE",
      description = "A preset (v3, v2-lite, ...), a config.json, or a model's directory.")
  String model = "";

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "h800",
      description = "Type of the devices; an unknown one lists them (default: ${DEFAULT-VALUE}).")
  String device = "h800";

  @Option(names = "--count", paramLabel = "N", defaultValue = "1", description = "Devices.")
  int count = 1;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      required = true,
      description = "Tokens of training.")
  double tokens;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "4096",
      description = "Tokens of a sequence (default: ${DEFAULT-VALUE}).")
  int length = 4096;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "15360",
      description = "Sequences of a step (default: ${DEFAULT-VALUE}).")
  int batch = 15360;

  @Option(names = "--price", paramLabel = "DOLLARS", description = "Rent of a device for an hour.")
  @Nullable Double price;

  @Option(
      names = "--without",
      paramLabel = "SAVING",
      description = "Leaves out one of ${COMPLETION-CANDIDATES}; may be given several times.")
  Savings[] without = {};

  @Option(names = "--json", description = "Prints one JSON object.")
  boolean json;

  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Device type =
        Device.named(device)
            .orElseThrow(
                () ->
                    new UsageException(
                        "--device: expected one of %s, found %s"
                            .formatted(
                                Device.KNOWN.stream()
                                    .map(Device::name)
                                    .collect(Collectors.joining(", ")),
                                device)));
    if (price != null) {
      type = type.at(price);
    }
    RunShape run = new RunShape(type, count, tokens, length, batch, Savings.all());
    for (Savings saving : without) {
      run = run.without(saving);
    }
    TrainingPlanner planner = new TrainingPlanner(config(), Efficiencies.of(type));
    TrainingPlan plan = planner.best(run);
    PrintWriter out = spec.commandLine().getOut();
    out.println(json ? describe(plan, planner) : text(plan, planner));
    return 0;
  }

  private ModelConfig config() throws IOException {
    if (ModelPresets.names().contains(model)) {
      return ModelConfig.of(ModelPresets.tree(model), Path.of(model));
    }
    Path path = Path.of(model);
    Path file = Files.isDirectory(path) ? path.resolve("config.json") : path;
    try {
      JsonNode tree = new JsonMapper().readTree(Files.readAllBytes(file));
      return ModelConfig.of(tree, file);
    } catch (JacksonException e) {
      throw new UsageException(file + ": expected JSON, found " + e.getOriginalMessage());
    }
  }

  private static ObjectNode describe(TrainingPlan plan, TrainingPlanner planner) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("device_hours", plan.deviceHours());
    node.put("cost_usd", plan.dollars());
    node.put("memory_per_device_bytes", plan.memoryPerDevice());
    node.put("fits", plan.fits());
    node.put("seconds_per_step", plan.secondsPerStep());
    node.put("days", plan.days());
    node.put("layout", plan.layout().toString());
    ObjectNode breakdown = node.putObject("breakdown");
    plan.seconds().keySet().forEach(what -> breakdown.put(what, plan.share(what)));
    ObjectNode memory = node.putObject("memory_breakdown_bytes");
    plan.memory().forEach(memory::put);
    ObjectNode without = node.putObject("device_hours_without");
    planner
        .withoutEach(plan.run(), plan.layout())
        .forEach((saving, other) -> without.put(name(saving), other.deviceHours()));
    return node;
  }

  private static String text(TrainingPlan plan, TrainingPlanner planner) {
    StringBuilder text = new StringBuilder();
    line(text, "layout   %s", plan.layout());
    line(
        text,
        "memory   %s a device%s",
        Sizes.bytes(plan.memoryPerDevice()),
        plan.fits() ? "" : ": more than it has");
    plan.memory()
        .forEach((what, bytes) -> line(text, "           %-22s %s", what, Sizes.bytes(bytes)));
    line(
        text,
        "time     %s device-hours, %.1f days, %.2f s a step",
        Sizes.count(plan.deviceHours()),
        plan.days(),
        plan.secondsPerStep());
    for (String what : plan.seconds().keySet()) {
      line(text, "           %-22s %4.1f %%", what, 100 * plan.share(what));
    }
    line(text, "cost     $%,.0f", plan.dollars());
    line(text, "without one of the savings:");
    for (Map.Entry<Savings, TrainingPlan> other :
        planner.withoutEach(plan.run(), plan.layout()).entrySet()) {
      TrainingPlan less = other.getValue();
      line(
          text,
          "           %-22s %.2f x the hours, %.2f x the memory",
          name(other.getKey()).replace('_', ' '),
          less.deviceHours() / plan.deviceHours(),
          less.memoryPerDevice() / plan.memoryPerDevice());
    }
    return text.toString().stripTrailing();
  }

  private static String name(Savings saving) {
    return saving.name().toLowerCase(Locale.ROOT);
  }

  private static void line(StringBuilder text, String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
