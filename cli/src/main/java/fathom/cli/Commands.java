package fathom.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// The table of all commands. Only the command that was asked for is set up, because reflection
/// over all of them would cost a noticeable part of the time to the first token.
@Command(
    name = "fathom",
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false,
    version = "fathom 0.1.0",
    description = "The DeepSeek system for the JVM: train, reason, distil, serve and chat.",
    footer = {
      "",
      "Examples:",
      "  fathom chat --model DeepSeek-R1-Distill-Qwen-1.5B",
      "  fathom generate --model model.gguf --prompt 'Once upon a time' --max-tokens 64",
      "  fathom test        runs every check of the project"
    })
final class Commands implements Runnable {
  private static final Map<String, Supplier<Object>> ALL = new LinkedHashMap<>();

  private static final Set<String> OPENING =
      Set.of("chat", "generate", "logits", "serve", "evaluate", "bench", "doctor");

  @Spec private CommandSpec spec;

  static {
    ALL.put("chat", ChatCommand::new);
    ALL.put("generate", GenerateCommand::new);
    ALL.put("logits", LogitsCommand::new);
    ALL.put("tokenize", TokenizeCommand::new);
    ALL.put("serve", ServeCommand::new);
    ALL.put("keys", KeysCommand::new);
    ALL.put("inspect", InspectCommand::new);
    ALL.put("convert", ConvertCommand::new);
    ALL.put("new", NewCommand::new);
    ALL.put("problems", ProblemsCommand::new);
    ALL.put("prepare", PrepareCommand::new);
    ALL.put("train", TrainCommand::new);
    ALL.put("sft", SftCommand::new);
    ALL.put("evaluate", EvaluateCommand::new);
    ALL.put("rl", RlCommand::new);
    ALL.put("distill", DistillCommand::new);
    ALL.put("runs", RunsCommand::new);
    ALL.put("report", ReportCommand::new);
    ALL.put("dashboard", DashboardCommand::new);
    ALL.put("plan", PlanCommand::new);
    ALL.put("bench", BenchCommand::new);
    ALL.put("doctor", DoctorCommand::new);
  }

  /// Whether a command computes with a model, so that it pays to prepare for it.
  static boolean opensModel(String name) {
    return OPENING.contains(name);
  }

  static Set<String> names() {
    return ALL.keySet();
  }

  static CommandLine commandLine(String[] args) {
    CommandLine line = new CommandLine(new Commands());
    if (args.length > 0 && ALL.containsKey(args[0])) {
      line.addSubcommand(args[0], command(args));
    } else {
      ALL.forEach((name, command) -> line.addSubcommand(name, command.get()));
    }
    return line.setCaseInsensitiveEnumValuesAllowed(true).setOverwrittenOptionsAllowed(true);
  }

  /// `bench --train` has other options than `bench` of generation: a command of its own.
  private static Object command(String[] args) {
    boolean training =
        args[0].equals("bench") && Arrays.stream(args).anyMatch(a -> a.startsWith("--train"));
    return training
        ? new TrainingBenchCommand()
        : Objects.requireNonNull(ALL.get(args[0]), "known command").get();
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
