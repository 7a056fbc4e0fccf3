package fathom.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The files of a training run:
///
///     config.json            the model's shape
///     recipe.json            the recipe as it was given
///     recipe.resolved.json   the recipe with everything that it left out
///     run.json               where the data are, with what kernels
///     data/                  the prepared data set, if the run was started from text
///     metrics.jsonl          one line a step
///     samples.jsonl          what the model wrote on the way
///     checkpoints/step-N/    Hugging Face directories, each with `training/` to go on from
///     checkpoints/last       a link to the newest of them, `best` to the best
public final class RunDirectory {
  /// Where a checkpoint has what only a resumed run needs.
  static final String TRAINING = "training";

  private static final String ABOUT = "run.json";
  private static final String KIND = "kind";
  private static final String DATA = "data";
  private static final String STEP = "step-";
  private static final String PARTIAL = ".partial";

  private final Path path;

  /// The run in this directory, which need not exist yet.
  public RunDirectory(Path path) {
    this.path = path;
  }

  /// The directory.
  public Path path() {
    return path;
  }

  /// The metrics.
  public Path metrics() {
    return path.resolve("metrics.jsonl");
  }

  /// The samples.
  public Path samples() {
    return path.resolve("samples.jsonl");
  }

  /// Where a run started from text keeps its data set.
  public Path data() {
    return path.resolve("data");
  }

  /// The newest complete checkpoint: a Hugging Face directory.
  public Path last() {
    return checkpoints().resolve("last");
  }

  Path checkpoints() {
    return path.resolve("checkpoints");
  }

  Path config() {
    return path.resolve("config.json");
  }

  /// Whether a run has been started here, and got as far as its first checkpoint.
  public boolean exists() {
    return isBegun() && newest().isPresent();
  }

  /// Whether it says what the run is about.
  boolean isBegun() {
    return Files.exists(path.resolve(ABOUT));
  }

  /// What `run.json` says of a run: its kind, and where its data are.
  static ObjectNode about(String kind, Path data) {
    return about(kind, data.toAbsolutePath().toString());
  }

  /// The same for data that need not be files.
  static ObjectNode about(String kind, String data) {
    ObjectNode about = new JsonMapper().createObjectNode();
    about.put(KIND, kind).put(DATA, data);
    return about;
  }

  /// Writes what a new run is about.
  ///
  /// @param given the recipe as it was given
  /// @param resolved with everything that it left out
  /// @throws RecipeException if there is a run already
  void create(ObjectNode config, ObjectNode given, ObjectNode resolved, ObjectNode about) {
    if (exists()) {
      throw new RecipeException(
          path.toString(), "expected no run there (resume it, or choose another place)", "one");
    }
    AtomicFiles.write(config(), pretty(config));
    AtomicFiles.write(path.resolve("recipe.json"), pretty(given));
    AtomicFiles.write(path.resolve("recipe.resolved.json"), pretty(resolved));
    AtomicFiles.write(path.resolve(ABOUT), pretty(about));
  }

  static byte[] pretty(ObjectNode node) {
    return new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(node);
  }

  /// The recipe that the run follows, as JSON.
  ObjectNode resolved() {
    return RecipeJson.read(path.resolve("recipe.resolved.json"));
  }

  /// What kind of run it is, where its data are, and what else it was started with.
  ObjectNode about() {
    return RecipeJson.read(path.resolve(ABOUT));
  }

  /// The command that made the run: `train`, `sft`, `rl` or `distill`.
  public String kind() {
    return about().path(KIND).asString("train");
  }

  /// The checkpoint to go on from.
  ///
  /// @throws RecipeException if there is no run of this kind with a checkpoint
  Path requireCheckpoint(String kind) {
    Path newest =
        newest()
            .filter(checkpoint -> exists())
            .orElseThrow(
                () ->
                    new RecipeException(
                        path.toString(), "expected a run with a checkpoint", "none"));
    if (!kind().equals(kind)) {
      throw new RecipeException(
          path.toString(), "expected a run of fathom " + kind, "one of fathom " + kind());
    }
    return newest;
  }

  /// What the run was given as its data.
  String source() {
    return about().path(DATA).asString();
  }

  /// Where the run's data set is.
  public Path dataset() {
    // A run may have been moved together with the data in it.
    if (TokenDataset.isDataset(data())) {
      return data();
    }
    return Path.of(about().path(DATA).asString());
  }

  /// Complete checkpoints, oldest first.
  List<Path> steps() {
    if (!Files.isDirectory(checkpoints())) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(checkpoints())) {
      return files
          .filter(f -> f.getFileName().toString().startsWith(STEP))
          .filter(f -> !f.getFileName().toString().endsWith(PARTIAL))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new TrainingException("cannot read " + checkpoints(), e);
    }
  }

  /// The newest complete checkpoint.
  Optional<Path> newest() {
    List<Path> steps = steps();
    return steps.isEmpty() ? Optional.empty() : Optional.of(steps.getLast());
  }

  /// The name of the checkpoint after so many steps.
  Path step(int step) {
    return checkpoints().resolve(String.format(Locale.ROOT, "%s%08d", STEP, step));
  }

  /// An empty directory beside the place of a new checkpoint; what a killed run left goes first.
  Path beginCheckpoint(int step) throws IOException {
    Path target = step(step);
    Path partial = target.resolveSibling(target.getFileName() + PARTIAL);
    AtomicFiles.delete(partial);
    Files.createDirectories(partial);
    return partial;
  }

  /// Gives a complete checkpoint its name, moves the links and deletes what is no longer kept.
  void finishCheckpoint(Path partial, RunState state, int keepLast) throws IOException {
    Path target = step(state.step());
    // What is left of a checkpoint that the run, killed right after, has made before: equal to
    // this.
    AtomicFiles.delete(target);
    Files.move(partial, target);
    link(state);
    List<Path> all = new ArrayList<>(steps());
    Path best = step(state.bestStep());
    for (Path old : all.subList(0, Math.max(0, all.size() - keepLast))) {
      if (!old.equals(best)) {
        discard(old);
      }
    }
  }

  /// Points the links at the newest and the best checkpoint.
  void link(RunState state) throws IOException {
    AtomicFiles.link(last(), step(state.step()).getFileName());
    Path best = step(state.bestStep());
    if (Files.isDirectory(best)) {
      AtomicFiles.link(checkpoints().resolve("best"), best.getFileName());
    }
  }

  /// A directory that is half deleted must not look like a checkpoint.
  private static void discard(Path checkpoint) throws IOException {
    Path partial = checkpoint.resolveSibling(checkpoint.getFileName() + PARTIAL);
    AtomicFiles.delete(partial);
    Files.move(checkpoint, partial);
    AtomicFiles.delete(partial);
  }
}
